"""Lets expressions stand in YAML without quotes of their own.

`{external_id: concat(order_no, "-", line_no)}` reads naturally, but YAML would end the value at the first comma, and
`grade: "A" if points > 90 else "B"` at the second quotation mark. Such values are put in single quotes before YAML
reads them; line numbers stay as they are.
"""

from __future__ import annotations

NOT_A_VALUE = "{[|>&*!#\n\r"


def protect_expressions(text: str) -> str:
    """The text with expressions quoted where YAML would tear them apart."""
    out: list[str] = []
    position, depth = 0, 0
    while position < len(text):
        character = text[position]
        before = text[position - 1] if position else "\n"
        if character == "#" and before in " \t\n":
            end = _line_end(text, position)
        elif character in "\"'" and before in " \t\n{[,:":
            end = _quote_end(text, position)
        elif character == ":" and text[position + 1 : position + 2] in (" ", "\t"):
            start = position + 1
            while text[start : start + 1] in (" ", "\t"):
                start += 1
            out.append(text[position:start])
            position = start
            if start < len(text) and text[start] not in NOT_A_VALUE:
                end = _value_end(text, start, in_flow=depth > 0)
                value = text[start:end].rstrip()
                out.append(_quoted(value) if _torn_apart(value, in_flow=depth > 0) else value)
                out.append(text[start + len(value) : end])
                position = end
            continue
        else:
            depth += (character in "{[") - (character in "}]")
            end = position + 1
        out.append(text[position:end])
        position = end
    return "".join(out)


def _line_end(text: str, position: int) -> int:
    end = text.find("\n", position)
    return len(text) if end < 0 else end


def _quote_end(text: str, position: int) -> int:
    """Behind the closing quotation mark of the same line, or the next character when there is none."""
    mark, end = text[position], position + 1
    while end < len(text) and text[end] != "\n":
        if mark == '"' and text[end] == "\\":
            end += 2
        elif text[end] == mark:
            if mark == "'" and text[end + 1 : end + 2] == "'":
                end += 2
                continue
            return end + 1
        else:
            end += 1
    return position + 1


def _value_end(text: str, start: int, *, in_flow: bool) -> int:
    position, brackets = start, 0
    while position < len(text) and text[position] != "\n":
        character = text[position]
        if character in "\"'" and (position == start or not text[position - 1].isalnum()):
            position = _quote_end(text, position)
            continue
        if character == "#" and text[position - 1] in " \t":
            break
        brackets += (character in "([") - (character in ")]" and brackets > 0)
        if in_flow and brackets <= 0 and character in ",}]":
            break
        position += 1
    return position


def _torn_apart(value: str, *, in_flow: bool) -> bool:
    if value[:1] in ("'", '"'):
        return _quote_end(value, 0) != len(value)
    if (": " in value or " #" in value) and ('"' in value or "'" in value):
        return True
    return in_flow and "(" in value and any(character in value for character in ",\"'")


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
