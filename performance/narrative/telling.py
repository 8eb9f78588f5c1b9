"""Which sentences a summary has, and in what order: the standing, why, what it leads to, what next."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from performance.narrative.english import English
from performance.narrative.figures import CardFigures, Change, ProgrammeFigures
from performance.narrative.german import German
from performance.narrative.phrases import NAMES_SHOWN, Phrases

BOOKS: Mapping[str, Phrases] = {book.language: book for book in (English(), German())}
DEFAULT_LANGUAGE = "en"


@dataclass(frozen=True)
class Paragraph:
    """Sentences that belong together, under a heading in the same language."""

    heading: str
    sentences: list[str]


def card_summary(figures: CardFigures, language: str, *, you: bool = False) -> list[Paragraph]:
    """A card in sentences; `you` addresses the partner itself. An unknown language is told in English."""
    words = BOOKS.get(language, BOOKS[DEFAULT_LANGUAGE])
    now = _standing(figures, words, you=you)
    moved, why = [], []
    if figures.delta is not None and figures.previous:
        moved = [words.moved(figures.delta, figures.previous, foreseen=figures.is_running)]
        why = _why(figures, words)
    place = [] if figures.rank is None or figures.cohort is None else [words.place(figures.rank, figures.cohort)]
    now += [*place, *_pace(figures, words), *moved] if figures.is_running else [*moved, *place]
    if figures.limited_by:
        why.append(words.limited(figures.grade, figures.limited_by, figures.raw_grade))
    if figures.missing and figures.unrated_reason != "blocked":
        why.append(words.missing(figures.missing[:NAMES_SHOWN], len(figures.missing)))
    ahead = [] if figures.most_to_gain is None else [words.most_to_gain(figures.most_to_gain)]
    if figures.step is not None:
        ahead.append(words.next_step(figures.step))
    if figures.lift is not None:
        ahead.append(words.lift(figures.lift))
    return _paragraphs(words, now, why, ahead)


def _paragraphs(words: Phrases, *told: list[str]) -> list[Paragraph]:
    return [Paragraph(heading, part) for heading, part in zip(words.headings, told, strict=True) if part]


def _standing(figures: CardFigures, words: Phrases, *, you: bool) -> list[str]:
    if figures.rated and figures.total is not None:
        return [words.standing(figures.period, figures.total, figures.grade, you=you, so_far=figures.is_running)]
    if figures.unrated_reason == "low_coverage" and figures.coverage is not None:
        told = [words.too_little_data(figures.period, figures.coverage, figures.minimum_coverage or Decimal(0))]
        return told + ([] if figures.total is None else [words.unrated_total(figures.total)])
    if figures.unrated_reason == "blocked":
        return [words.blocked(figures.period, figures.missing[:NAMES_SHOWN])]
    return [words.nothing_to_score(figures.period)]


def _pace(figures: CardFigures, words: Phrases) -> list[str]:
    """How much of a running period is over, and where it would end."""
    if not figures.is_running or figures.total is None or figures.days_over is None or figures.days is None:
        return []
    if figures.projected_total is None:
        return [words.too_early(figures.days_over, figures.days)]
    return [words.projected(figures.days_over, figures.days, figures.projected_total, figures.projected_grade)]


def _why(figures: CardFigures, words: Phrases) -> list[str]:
    foreseen = figures.is_running
    helped, hurt = _worth_saying(figures.raised), _worth_saying(figures.lowered)
    told = [words.helped(helped, foreseen=foreseen)] if helped else []
    if hurt:
        told.append(words.hurt(hurt, foreseen=foreseen))
    if figures.reweighting is not None and shows(figures.reweighting):
        told.append(words.reweighted(figures.reweighting, foreseen=foreseen))
    return told


def programme_summary(figures: ProgrammeFigures, language: str) -> list[Paragraph]:
    """A programme's period in sentences. An unknown language is told in English."""
    words = BOOKS.get(language, BOOKS[DEFAULT_LANGUAGE])
    gaps = [words.gaps(figures.with_gaps)] if figures.with_gaps else []
    if not figures.rated or figures.average is None:
        return _paragraphs(words, [words.nobody_rated(figures.period)], [], gaps)
    now = [words.rated(figures.rated, figures.partners, figures.period)]
    why: list[str] = []
    if figures.is_running:
        now += _average_so_far(figures, words)
    else:
        now.append(words.average(figures.average, figures.delta, figures.previous))
        why = _movement(figures, words)
    ahead = []
    if not figures.is_running or figures.projected_average is not None:
        ahead.append(words.at_risk(figures.at_risk))
        if figures.first_at_risk is not None:
            ahead.append(words.look_first(figures.first_at_risk))
    return _paragraphs(words, now, why, ahead + gaps)


def _movement(figures: ProgrammeFigures, words: Phrases) -> list[str]:
    """What moved in a period that is over."""
    told = []
    if figures.moved_up is not None and figures.moved_down is not None:
        told.append(words.grades_moved(figures.moved_up, figures.moved_down))
    if figures.rose_most is not None and shows(figures.rose_most.points):
        told.append(words.rose_most(figures.rose_most))
    if figures.fell_most is not None and shows(figures.fell_most.points):
        told.append(words.fell_most(figures.fell_most))
    if figures.strongest is not None and figures.weakest is not None:
        told.append(words.strong_and_weak(figures.strongest, figures.weakest))
    return told


def _average_so_far(figures: ProgrammeFigures, words: Phrases) -> list[str]:
    """Where a running period stands, and where it would end."""
    assert figures.average is not None
    told = [words.average_so_far(figures.average)]
    if figures.days_over is None or figures.days is None:
        return told
    if figures.projected_average is None:
        return [*told, words.too_early(figures.days_over, figures.days)]
    foreseen = words.average_foreseen(
        figures.days_over, figures.days, figures.projected_average, figures.delta, figures.previous
    )
    return [*told, foreseen]


def shows(points: Decimal) -> bool:
    """Whether points are more than 0.0 when they are written with one decimal."""
    return points.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP) != 0


def _worth_saying(changes: tuple[Change, ...]) -> tuple[Change, ...]:
    return tuple(change for change in changes[:NAMES_SHOWN] if shows(change.points))
