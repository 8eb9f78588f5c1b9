"""An action's code in words: `partner.status_changed` reads “Partner: status changed”."""


def action_words(action: str) -> str:
    """Readable words for an action of the trail."""
    subject, _dot, verb = action.partition(".")
    subject, verb = _words(subject), verb.replace("_", " ")
    return f"{subject}: {verb}" if verb else subject


def _words(code: str) -> str:
    """Code words with a capital in front; what is always written in capitals stays so."""
    words = " ".join(word.upper() if word in {"api", "kpi", "kpis"} else word for word in code.split("_"))
    return words[:1].upper() + words[1:]


def field_words(field: str) -> str:
    """Readable words for a field's name."""
    words = field.removesuffix("_id").replace("_", " ")
    return words[:1].upper() + words[1:]


def value_words(value: object) -> str:
    """A value of the trail as a person would say it."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(value_words(item) for item in value) or "–"
    return str(value)
