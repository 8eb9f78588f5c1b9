"""The phrase book in English."""

from collections.abc import Sequence
from decimal import Decimal

from performance.narrative.figures import Change, Loss, Measured, MovedPartner, Step
from performance.narrative.phrases import Phrases
from prm.ui import formats


class English(Phrases):
    """Summaries in English."""

    language = "en"
    headings = ("Where it stands", "Why", "What next")

    def measured(self, figure: Measured) -> str:
        text = self.number(figure.value, figure.decimals)
        if not figure.unit:
            return text
        if figure.unit in formats.SYMBOLS:
            sign, digits = (text[0], text[1:]) if text.startswith(formats.MINUS) else ("", text)
            return f"{sign}{formats.SYMBOLS[figure.unit]}{digits}"
        return f"{text}{formats.unit_space(figure.unit)}{figure.unit}"

    def listed(self, names: Sequence[str]) -> str:
        return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"

    # A card

    def standing(self, period: str, total: Decimal, grade: str, *, you: bool, so_far: bool) -> str:
        whose, now = "Your" if you else "The", " so far" if so_far else ""
        return f"{whose} score of {period} is {self.points(total)}{now}, grade {grade}."

    def moved(self, delta: Decimal, previous: str, *, foreseen: bool) -> str:
        points, that = self.points(delta), "That would be" if foreseen else "That is"
        if points == self.number(Decimal(0)):
            return f"{that} the same as in {previous}."
        return f"{that} {points} points {'more' if delta > 0 else 'less'} than in {previous}."

    def too_little_data(self, period: str, coverage: Decimal, minimum: Decimal) -> str:
        covered, needed = self.share(coverage), self.share(minimum)
        return f"{period} is not rated, because data covers {covered} of the scorecard and {needed} is needed."

    def blocked(self, period: str, names: Sequence[str]) -> str:
        return f"{period} is not rated, because {self.listed(names)} must have data and {self._has(names)} none."

    def nothing_to_score(self, period: str) -> str:
        return f"There is nothing to score in {period} yet."

    def unrated_total(self, total: Decimal) -> str:
        return f"What has data comes to {self.points(total)} points."

    def helped(self, changes: Sequence[Change], *, foreseen: bool) -> str:
        return f"What {'helps most is' if foreseen else 'helped most was'} {self._with_points(changes)}."

    def hurt(self, changes: Sequence[Change], *, foreseen: bool) -> str:
        return f"What {'costs most is' if foreseen else 'cost most was'} {self._with_points(changes)}."

    def _with_points(self, changes: Sequence[Change]) -> str:
        return self.listed([f"{change.name} with {self.points(change.points)} points" for change in changes])

    def reweighted(self, points: Decimal, *, foreseen: bool) -> str:
        added, taken = ("add", "take away") if foreseen else ("added", "took away")
        verb = added if points > 0 else taken
        return f"Other KPIs that count, or other weights, {verb} {self.points(points)} points."

    def limited(self, grade: str, kpi: str, raw_grade: str) -> str:
        return (
            f"The grade is limited to {grade}, because {kpi} is below its gate. The total alone would earn {raw_grade}."
        )

    def most_to_gain(self, loss: Loss) -> str:
        most = f"{self.points(loss.points)} of {self.points(loss.most)} points"
        return f"Most is still to be gained with {loss.name}, which brings {most}."

    def missing(self, names: Sequence[str], count: int) -> str:
        if count == 1:
            return f"{names[0]} has no data."
        link = "among them " if count > len(names) else ""
        return f"{count} KPIs have no data, {link}{self.listed(names)}."

    def place(self, rank: int, cohort: int) -> str:
        return f"That is place {self.number(Decimal(rank), 0)} of {self.number(Decimal(cohort), 0)} similar partners."

    def projected(self, days_over: int, days: int, total: Decimal, grade: str) -> str:
        end = f"the period ends at {self.points(total)} points"
        over = f"{days_over} of {days} days are over."
        return f"{over} If the rest goes like this, {end}{f', grade {grade}' if grade else ', without a grade'}."

    def too_early(self, days_over: int, days: int) -> str:
        verb = "is" if days_over == 1 else "are"
        return f"Only {days_over} of {days} days {verb} over, which is too early to say where the period ends."

    def next_step(self, step: Step) -> str:
        way = self._way(step)
        return f"The cheapest next step is {way}, which brings {self.points(step.gain)} points."

    def lift(self, step: Step) -> str:
        return f"To reach grade {step.grade} one change is enough, {self._way(step)}."

    def _way(self, step: Step) -> str:
        goal = self.measured(step.goal)
        if step.actual is None:
            return f"{step.name} at {goal}"
        return f"{step.name} from {self.measured(step.actual)} to {goal}"

    # A programme

    def rated(self, rated: int, partners: int, period: str) -> str:
        noun, verb = ("partner", "is") if partners == 1 else ("partners", "is" if rated == 1 else "are")
        return f"{self._count(rated)} of {self._count(partners)} {noun} {verb} rated in {period}."

    def nobody_rated(self, period: str) -> str:
        return f"Nobody is rated in {period} yet."

    def average(self, average: Decimal, delta: Decimal | None, previous: str) -> str:
        score = f"The average score is {self.points(average)}"
        if delta is None or not previous:
            return f"{score}."
        points = self.points(delta)
        if points == self.number(Decimal(0)):
            return f"{score}, the same as in {previous}."
        return f"{score}, {points} points {'more' if delta > 0 else 'less'} than in {previous}."

    def average_so_far(self, average: Decimal) -> str:
        return f"The average score is {self.points(average)} so far."

    def average_foreseen(
        self, days_over: int, days: int, average: Decimal, delta: Decimal | None, previous: str
    ) -> str:
        over = f"{days_over} of {days} days are over."
        end = f"{over} If the rest goes like this, the average ends at {self.points(average)}"
        if delta is None or not previous:
            return f"{end}."
        points = self.points(delta)
        if points == self.number(Decimal(0)):
            return f"{end}, the same as in {previous}."
        return f"{end}, {points} points {'more' if delta > 0 else 'less'} than in {previous}."

    def grades_moved(self, up: int, down: int) -> str:
        if not up and not down:
            return "Nobody changed grade."
        if not down:
            return f"{self._partners(up)} moved up a grade and nobody moved down."
        if not up:
            return f"{self._partners(down)} moved down a grade and nobody moved up."
        return f"{self._partners(up)} moved up a grade and {self._count(down)} moved down."

    def rose_most(self, partner: MovedPartner) -> str:
        return f"{partner.name} rose most, by {self.points(partner.points)} points to {self.points(partner.total)}."

    def fell_most(self, partner: MovedPartner) -> str:
        return f"{partner.name} fell most, by {self.points(partner.points)} points to {self.points(partner.total)}."

    def strong_and_weak(self, strongest: tuple[str, Decimal], weakest: tuple[str, Decimal]) -> str:
        strong = f"{strongest[0]} is strongest at {self.share(strongest[1])}"
        return f"Measured against the targets, {strong} and {weakest[0]} weakest at {self.share(weakest[1])}."

    def at_risk(self, count: int) -> str:
        if not count:
            return "Nobody is at risk."
        return f"{self._partners(count)} {'is' if count == 1 else 'are'} at risk."

    def look_first(self, partner: MovedPartner) -> str:
        grade = f", grade {partner.grade}" if partner.grade else ""
        return f"The first to look at is {partner.name} with {self.points(partner.total)} points{grade}."

    def gaps(self, count: int) -> str:
        return f"{self._partners(count)} {'has' if count == 1 else 'have'} data gaps."

    def _count(self, count: int) -> str:
        return self.number(Decimal(count), 0)

    def _partners(self, count: int) -> str:
        return f"{self._count(count)} {'partner' if count == 1 else 'partners'}"

    @staticmethod
    def _has(names: Sequence[str]) -> str:
        return "has" if len(names) == 1 else "have"
