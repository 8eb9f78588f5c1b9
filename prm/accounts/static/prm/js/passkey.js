// Passkeys: a form with data-passkey="get" or "create" asks the device, then posts its answer.
// The options come from the page (data-options: id of a JSON block) or from the server (data-options-url).
// Without passkeys in the browser such forms stay hidden, and what is marked data-passkey-missing is shown instead.

async function optionsOf (form) {
  if (form.dataset.options) return JSON.parse(document.getElementById(form.dataset.options).textContent)
  const response = await fetch(form.dataset.optionsUrl, { headers: { Accept: 'application/json' } })
  if (!response.ok) throw new Error(`passkey options: ${response.status}`)
  return response.json()
}

async function ask (form) {
  const options = await optionsOf(form)
  if (form.dataset.passkey === 'get') {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options.request_options.publicKey)
    return navigator.credentials.get({ publicKey })
  }
  const wanted = options.creation_options.publicKey
  const alone = form.querySelector('[name=passwordless]')
  if (alone) {
    wanted.authenticatorSelection = {
      ...wanted.authenticatorSelection,
      residentKey: alone.checked ? 'required' : 'discouraged',
      requireResidentKey: alone.checked,
      ...(alone.checked && { userVerification: 'required' })
    }
  }
  return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(wanted) })
}

async function submit (event) {
  event.preventDefault()
  const form = event.currentTarget
  const button = form.querySelector('button[type=submit]')
  const error = form.querySelector('[data-passkey-error]')
  error.hidden = true
  button.setAttribute('aria-busy', 'true')
  try {
    form.elements.credential.value = JSON.stringify((await ask(form)).toJSON())
    form.submit()
  } catch {
    error.hidden = false // closed, timed out or not known to the device: the sentence says what to do
    button.removeAttribute('aria-busy')
  }
}

if (window.PublicKeyCredential?.parseRequestOptionsFromJSON) {
  for (const form of document.querySelectorAll('form[data-passkey]')) {
    form.hidden = false
    form.addEventListener('submit', submit)
  }
  document.querySelectorAll('[data-passkey-also]').forEach(element => { element.hidden = false })
  document.querySelectorAll('[data-passkey-missing]').forEach(element => { element.hidden = true })
}
