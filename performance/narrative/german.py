"""The phrase book in German. KPI and partner names stand where they need no article and no ending."""

from collections.abc import Sequence
from decimal import Decimal

from performance.narrative.figures import Change, Loss, Measured, MovedPartner, Step
from performance.narrative.phrases import Phrases
from prm.ui import formats


class German(Phrases):
    """Summaries in German, which address a partner as „Sie“."""

    language = "de"
    headings = ("Wo es steht", "Warum", "Was als Nächstes")

    def measured(self, figure: Measured) -> str:
        text = self.number(figure.value, figure.decimals)
        unit = formats.SYMBOLS.get(figure.unit, figure.unit)
        return f"{text}{formats.unit_space(unit)}{unit}" if unit else text

    def listed(self, names: Sequence[str]) -> str:
        return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} und {names[-1]}"

    # A card

    def standing(self, period: str, total: Decimal, grade: str, *, you: bool, so_far: bool) -> str:
        whose, now = "Ihr" if you else "Das", "bisher " if so_far else ""
        return f"{whose} Ergebnis für {period} ist {now}{self.points(total)}, Note {grade}."

    def moved(self, delta: Decimal, previous: str, *, foreseen: bool) -> str:
        points = self.points(delta)
        if points == self.number(Decimal(0)):
            return f"{'Das wäre' if foreseen else 'Das ist'} so viel wie in {previous}."
        that = "Das wären" if foreseen else "Das sind"
        return f"{that} {points} Punkte {'mehr' if delta > 0 else 'weniger'} als in {previous}."

    def too_little_data(self, period: str, coverage: Decimal, minimum: Decimal) -> str:
        covered, needed = self.share(coverage), self.share(minimum)
        return f"{period} ist nicht bewertet, weil Daten erst {covered} der Gewichte abdecken und {needed} nötig sind."

    def blocked(self, period: str, names: Sequence[str]) -> str:
        return f"{period} ist nicht bewertet, weil für {self.listed(names)} Daten nötig sind und fehlen."

    def nothing_to_score(self, period: str) -> str:
        return f"Für {period} gibt es noch nichts zu bewerten."

    def unrated_total(self, total: Decimal) -> str:
        return f"Was Daten hat, ergibt {self.points(total)} Punkte."

    def helped(self, changes: Sequence[Change], *, foreseen: bool) -> str:
        one, more = ("bringt", "bringen") if foreseen else ("brachte", "brachten")
        return f"Am meisten {one if len(changes) == 1 else more} {self._with_points(changes)}."

    def hurt(self, changes: Sequence[Change], *, foreseen: bool) -> str:
        one, more = ("kostet", "kosten") if foreseen else ("kostete", "kosteten")
        return f"Am meisten {one if len(changes) == 1 else more} {self._with_points(changes)}."

    def _with_points(self, changes: Sequence[Change]) -> str:
        return self.listed([f"{change.name} mit {self.points(change.points)} Punkten" for change in changes])

    def reweighted(self, points: Decimal, *, foreseen: bool) -> str:
        added, taken = ("bringen", "nehmen") if foreseen else ("brachten", "nahmen")
        verb, end = (added, "dazu") if points > 0 else (taken, "weg")
        return f"Andere gezählte Kennzahlen oder Gewichte {verb} {self.points(points)} Punkte {end}."

    def limited(self, grade: str, kpi: str, raw_grade: str) -> str:
        limit = f"Die Note ist auf {grade} begrenzt, weil die Schwelle von {kpi} nicht erreicht ist."
        return f"{limit} Sonst wäre sie {raw_grade}."

    def most_to_gain(self, loss: Loss) -> str:
        most = f"{self.points(loss.points)} von {self.points(loss.most)} Punkten"
        return f"Am meisten zu gewinnen ist noch bei {loss.name} mit bisher {most}."

    def missing(self, names: Sequence[str], count: int) -> str:
        if count == 1:
            return f"Für {names[0]} fehlen Daten."
        link = "darunter " if count > len(names) else ""
        return f"Für {count} Kennzahlen fehlen Daten, {link or 'nämlich '}{self.listed(names)}."

    def place(self, rank: int, cohort: int) -> str:
        return f"Das ist Platz {self._count(rank)} von {self._count(cohort)} ähnlichen Partnern."

    def projected(self, days_over: int, days: int, total: Decimal, grade: str) -> str:
        over = f"{days_over} von {days} Tagen sind vorbei."
        end = f"endet der Zeitraum bei {self.points(total)} Punkten"
        return f"{over} Geht es so weiter, {end}{f', Note {grade}' if grade else ', ohne Note'}."

    def too_early(self, days_over: int, days: int) -> str:
        verb = "Tagen ist" if days_over == 1 else "Tagen sind"
        return f"Erst {days_over} von {days} {verb} vorbei, zu früh für eine Aussage über das Ende des Zeitraums."

    def next_step(self, step: Step) -> str:
        return f"Der günstigste nächste Schritt ist {self._way(step)} und bringt {self.points(step.gain)} Punkte."

    def lift(self, step: Step) -> str:
        return f"Für Note {step.grade} genügt eine Änderung, nämlich {self._way(step)}."

    def _way(self, step: Step) -> str:
        goal = self.measured(step.goal)
        if step.actual is None:
            return f"{step.name} bei {goal}"
        return f"{step.name} von {self.measured(step.actual)} auf {goal}"

    # A programme

    def rated(self, rated: int, partners: int, period: str) -> str:
        noun, verb = "Partner" if partners == 1 else "Partnern", "ist" if rated == 1 else "sind"
        return f"{self._count(rated)} von {self._count(partners)} {noun} {verb} für {period} bewertet."

    def nobody_rated(self, period: str) -> str:
        return f"Für {period} ist noch niemand bewertet."

    def average(self, average: Decimal, delta: Decimal | None, previous: str) -> str:
        score = f"Der Durchschnitt liegt bei {self.points(average)} Punkten"
        if delta is None or not previous:
            return f"{score}."
        points = self.points(delta)
        if points == self.number(Decimal(0)):
            return f"{score}, so viel wie in {previous}."
        return f"{score}, {points} Punkte {'mehr' if delta > 0 else 'weniger'} als in {previous}."

    def average_so_far(self, average: Decimal) -> str:
        return f"Der Durchschnitt liegt bisher bei {self.points(average)} Punkten."

    def average_foreseen(
        self, days_over: int, days: int, average: Decimal, delta: Decimal | None, previous: str
    ) -> str:
        over = f"{days_over} von {days} Tagen sind vorbei."
        end = f"{over} Geht es so weiter, endet der Durchschnitt bei {self.points(average)} Punkten"
        if delta is None or not previous:
            return f"{end}."
        points = self.points(delta)
        if points == self.number(Decimal(0)):
            return f"{end}, so viel wie in {previous}."
        return f"{end}, {points} Punkte {'mehr' if delta > 0 else 'weniger'} als in {previous}."

    def grades_moved(self, up: int, down: int) -> str:
        if not up and not down:
            return "Niemand hat die Note gewechselt."
        if not down:
            return f"{self._rose(up)} um eine Note oder mehr auf, niemand stieg ab."
        if not up:
            return f"{self._rose(down)} um eine Note oder mehr ab, niemand stieg auf."
        fell = f"{self._count(down)} {'stieg' if down == 1 else 'stiegen'} ab"
        return f"{self._rose(up)} um eine Note oder mehr auf, {fell}."

    def _rose(self, count: int) -> str:
        return f"{self._count(count)} Partner {'stieg' if count == 1 else 'stiegen'}"

    def rose_most(self, partner: MovedPartner) -> str:
        return (
            f"Am meisten gewann {partner.name}, {self.points(partner.points)} Punkte auf {self.points(partner.total)}."
        )

    def fell_most(self, partner: MovedPartner) -> str:
        return (
            f"Am meisten verlor {partner.name}, {self.points(partner.points)} Punkte auf {self.points(partner.total)}."
        )

    def strong_and_weak(self, strongest: tuple[str, Decimal], weakest: tuple[str, Decimal]) -> str:
        strong = f"steht {strongest[0]} mit {self.share(strongest[1])} am besten da"
        return f"Gemessen an den Zielen {strong} und {weakest[0]} mit {self.share(weakest[1])} am schlechtesten."

    def at_risk(self, count: int) -> str:
        if not count:
            return "Niemand ist gefährdet."
        return f"{self._count(count)} Partner {'ist' if count == 1 else 'sind'} gefährdet."

    def look_first(self, partner: MovedPartner) -> str:
        grade = f", Note {partner.grade}" if partner.grade else ""
        return f"Zuerst anzusehen ist {partner.name} mit {self.points(partner.total)} Punkten{grade}."

    def gaps(self, count: int) -> str:
        return f"Bei {self._count(count)} {'Partner' if count == 1 else 'Partnern'} fehlen Daten."

    def _count(self, count: int) -> str:
        return self.number(Decimal(count), 0)
