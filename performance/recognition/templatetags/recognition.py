"""Tags for badges and awards: `{% load recognition %}`."""

from django import template

from performance.recognition.drawing import seal
from performance.recognition.models import Award, Badge
from performance.recognition.words import awards as words
from performance.recognition.words.rules import rule_sentence

register = template.Library()

register.simple_tag(seal, name="seal")
register.filter("award_title", words.award_title)
register.filter("award_rule", words.award_rule)
register.filter("award_sentence", words.award_sentence)
register.filter("award_note", words.note_sentence)


@register.filter
def award_to_you(award: Award) -> str:
    """Why it was granted, said to the partner that holds it."""
    return words.award_sentence(award, you=True)


@register.filter
def badge_rule(badge: Badge) -> str:
    """The rule of a badge in plain words."""
    return rule_sentence(badge.rule)
