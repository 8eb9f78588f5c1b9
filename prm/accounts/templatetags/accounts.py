"""Tags of the account pages."""

from django import template

register = template.Library()


@register.filter
def browser(user_agent: str) -> str:
    """A browser's identification in two words a person knows: `Firefox on Linux`."""
    text = user_agent or ""
    names = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
    systems = (
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    )
    name = next((word for mark, word in names if mark in text), "")
    system = next((word for mark, word in systems if mark in text), "")
    if name and system:
        return f"{name} on {system}"
    return name or system or text[:60]
