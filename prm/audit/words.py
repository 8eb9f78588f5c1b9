"""An action's code in words: `partner.status_changed` reads “Partner: status changed”."""


def action_words(action: str) -> str:
    """Readable words for an action of the trail."""
    subject, _dot, verb = action.partition(".")
    subject, verb = subject.replace("_", " "), verb.replace("_", " ")
    return f"{subject[:1].upper()}{subject[1:]}: {verb}" if verb else subject.capitalize()


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
