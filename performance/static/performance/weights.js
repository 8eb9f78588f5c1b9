/** Exact sum of decimal texts: binary floats would make 16.1 + 16.9 + 17 + 16.7 + 16.6 + 16.7 something else. */
export function sum(texts) {
  const SCALE = 10000n;
  let total = 0n;
  for (const text of texts) {
    const match = /^\s*(\d+)(?:[.,](\d{0,4}))?\s*$/.exec(text);
    if (match) total += BigInt(match[1]) * SCALE + BigInt((match[2] ?? "").padEnd(4, "0"));
  }
  const whole = total / SCALE, rest = String(total % SCALE).padStart(4, "0").replace(/0+$/, "");
  return { isComplete: total === 100n * SCALE, text: rest ? `${whole}.${rest}` : String(whole) };
}

/** Say in the form what its weights total, and whether that is 100. */
export function showTotal(form, inputs) {
  const { isComplete, text } = sum(inputs.map((input) => input.value));
  form.querySelector("[data-weight-total]").textContent = text;
  form.querySelector("[data-weight-ok]").hidden = !isComplete;
  form.querySelector("[data-weight-bad]").hidden = isComplete;
}
