"""The executable form of the industry packs' schema; docs/industry-packs.md says what the keys mean.

A missing or unknown key, a dangling reference or a rule out of reach is an error.
"""

import re

import yaml

EXPECTED = {
    "automotive-manufacturing",
    "consumer-electronics",
    "energy-production",
    "financial-services",
    "food-beverage",
    "healthcare-services",
    "information-technology",
    "pharmaceutical-development",
    "retail",
    "telecommunications",
}
UNITS = {"currency", "percent", "count", "days", "ratio", "score", "ppm", "hours"}
METHODS = {"sum", "average", "ratio", "last", "count"}
SOURCES = {
    "sales",
    "leads",
    "deliveries",
    "quality",
    "service",
    "feedback",
    "training",
    "compliance",
    "project",
    "manual",
}
ANSWERERS = {"partner", "manager", "both"}
FREQ = {"daily", "weekly", "biweekly", "monthly", "quarterly", "half_yearly", "yearly", "on_event"}
TOP = [
    "schema_version",
    "slug",
    "name",
    "vendor_term",
    "partner_term",
    "currency",
    "summary",
    "cautions",
    "sources",
    "partner_types",
    "tiers",
    "kpis",
    "scorecard",
    "review_template",
    "improvement_plan",
    "incentives",
    "training",
    "raci",
    "onboarding",
    "documents",
    "communication",
    "reports",
    "content",
    "joint_initiatives",
    "claims",
]
KEY = re.compile(r"^[a-z][a-z0-9_]*$")
CODE = re.compile(r"^[A-Z][A-Z0-9_]*$")


class Pack:
    def __init__(self, path):
        self.path, self.errors = path, []
        self.text = path.read_text(encoding="utf-8")
        self.d = yaml.safe_load(self.text)

    def err(self, msg):
        self.errors.append(msg)

    def keys(self, obj, names, where):
        """The mapping has exactly these keys."""
        if not isinstance(obj, dict):
            self.err(f"{where}: expected a mapping")
            return False
        missing, extra = set(names) - set(obj), set(obj) - set(names)
        if missing:
            self.err(f"{where}: missing {sorted(missing)}")
        if extra:
            self.err(f"{where}: unknown {sorted(extra, key=str)}")
        return not missing

    def rows(self, rows, names, where, lo, hi, ident="key", pattern=KEY):
        """A list of lo..hi mappings with exactly these keys and unique identifiers."""
        out = {}
        if not isinstance(rows, list):
            self.err(f"{where}: expected a list")
            return out
        if not lo <= len(rows) <= hi:
            self.err(f"{where}: {len(rows)} entries, allowed {lo}..{hi}")
        for i, row in enumerate(rows):
            if not self.keys(row, names, f"{where}[{i}]"):
                continue
            if ident is None:
                continue
            k = row[ident]
            if not isinstance(k, str) or not pattern.match(k):
                self.err(f"{where}[{i}]: bad {ident} {k!r}")
            if k in out:
                self.err(f"{where}: duplicate {ident} {k}")
            out[k] = row
        return out

    def one(self, value, allowed, where):
        if value not in allowed:
            self.err(f"{where}: {value!r} not in {sorted(allowed, key=str)}")

    def refs(self, values, pool, where, empty=False):
        if not isinstance(values, list) or (not values and not empty):
            self.err(f"{where}: expected a non-empty list")
            return
        if len(set(values)) != len(values):
            self.err(f"{where}: repeated entry")
        for v in values:
            if v not in pool:
                self.err(f"{where}: unknown reference {v!r}")

    def texts(self, values, lo, hi, where):
        if not isinstance(values, list) or not lo <= len(values) <= hi:
            self.err(f"{where}: expected {lo}..{hi} texts")
            return
        for v in values:
            if not isinstance(v, str) or not v.strip():
                self.err(f"{where}: empty or non-text entry {v!r}")

    def rule(self, r, where, good):
        """good=True: a requirement (KPI must be on the good side); good=False: a trigger (bad side)."""
        if not self.keys(r, ["type", "ref", "op", "value", "periods"], where):
            return
        t, ref, op, val = r["type"], r["ref"], r["op"], r["value"]
        if not isinstance(r["periods"], int) or not 1 <= r["periods"] <= 8:
            self.err(f"{where}: periods must be 1..8")
        if t == "score" or t == "section":
            if t == "section" and ref not in self.sections:
                self.err(f"{where}: unknown section {ref}")
            if t == "score" and ref is not None:
                self.err(f"{where}: score takes no ref")
            self.one(op, {">="} if good else {"<", "<="}, where)
            if not isinstance(val, (int, float)) or not 0 <= val <= 100:
                self.err(f"{where}: score value outside 0..100")
        elif t == "kpi":
            k = self.kpis.get(ref)
            if not k:
                self.err(f"{where}: unknown KPI {ref}")
                return
            if not isinstance(val, (int, float)):
                self.err(f"{where}: value must be a number")
                return
            best, worst = k["thresholds"]["stretch"], k["thresholds"]["floor"]
            if k["direction"] == "higher" and (val > best if good else val > k["thresholds"]["target"]):
                self.err(f"{where}: {val} is out of reach for {ref}")
            if k["direction"] == "lower" and (val < best if good else val < k["thresholds"]["target"]):
                self.err(f"{where}: {val} is out of reach for {ref}")
            if good and (val < worst if k["direction"] == "higher" else k["direction"] == "lower" and val > worst):
                self.err(f"{where}: {val} demands less than the floor of {ref}")
            up, down = {">=", ">"}, {"<=", "<"}
            if k["direction"] == "higher":
                self.one(op, up if good else down, where)
            elif k["direction"] == "lower":
                self.one(op, down if good else up, where)
            else:
                self.one(op, up | down, where)
        elif t == "certification":
            if ref not in self.certs:
                self.err(f"{where}: unknown certification {ref}")
            self.one(op, {">="} if good else {"<"}, where)
            if not isinstance(val, int) or val < 1:
                self.err(f"{where}: holders must be a positive whole number")
        elif t == "document":
            if ref not in self.docs:
                self.err(f"{where}: unknown document {ref}")
            if op != "is" or val != ("valid" if good else "expired"):
                self.err(f"{where}: a document rule reads is {'valid' if good else 'expired'}")
        elif t == "tier":
            if ref not in self.tiers or op != ">=" or val is not None or not good:
                self.err(f"{where}: bad tier rule")
        else:
            self.err(f"{where}: unknown rule type {t!r}")

    def run(self):
        d = self.d
        if not self.keys(d, TOP, "pack"):
            return
        if list(d) != TOP:
            self.err("top-level keys are not in the schema's order")
        if d["schema_version"] != 1:
            self.err("schema_version must be 1")
        if d["slug"] != self.path.stem:
            self.err("slug differs from the file name")
        if not re.fullmatch(r"[A-Z]{3}", d["currency"]):
            self.err("currency must be an ISO 4217 code")
        self.texts(d["cautions"], 1, 5, "cautions")

        src = self.rows(
            d["sources"], ["key", "title", "via", "url", "used_for"], "sources", 3, 12, pattern=re.compile(r"^S\d+$")
        )
        for k, s in src.items():
            self.one(s["via"], {"read", "known"}, f"sources.{k}.via")
            if (s["via"] == "read") != bool(s["url"]):
                self.err(f"sources.{k}: a looked-up source has a url, a known standard has none")

        types = self.rows(
            d["partner_types"], ["key", "name", "relationship", "scored", "description"], "partner_types", 3, 6
        )
        for k, t in types.items():
            self.one(t["relationship"], {"upstream", "downstream", "service", "peer", "oversight"}, f"type {k}")
            if not isinstance(t["scored"], bool) or (t["relationship"] == "oversight" and t["scored"]):
                self.err(f"type {k}: bad 'scored'")
        scored = {k for k, t in types.items() if t["scored"]}

        # --- pools that rules refer to
        self.kpis = self.rows(
            d["kpis"],
            [
                "code",
                "name",
                "definition",
                "unit",
                "aggregation",
                "direction",
                "source_kind",
                "period",
                "thresholds",
                "weight",
                "applies_to",
            ],
            "kpis",
            8,
            12,
            ident="code",
            pattern=CODE,
        )
        self.docs = self.rows(
            d["documents"],
            [
                "key",
                "name",
                "kind",
                "applies_to",
                "required",
                "validity_months",
                "reminder_days",
                "on_expiry",
                "reference",
            ],
            "documents",
            4,
            10,
        )
        self.tiers = self.rows(
            d["tiers"], ["key", "name", "rank", "qualification", "grace_periods", "benefits"], "tiers", 3, 5
        )
        tr = d["training"]
        self.certs, cert, courses = set(), None, {}
        if self.keys(tr, ["track", "courses", "certification"], "training"):
            cert = tr["certification"]
            if self.keys(
                cert,
                [
                    "key",
                    "name",
                    "validity_months",
                    "requires_courses",
                    "exam",
                    "feeds_kpi",
                    "tier_requirements",
                    "rule",
                ],
                "certification",
            ):
                self.certs = {cert["key"]}
            self.keys(tr["track"], ["key", "name"], "training.track")
            courses = self.rows(
                tr["courses"], ["key", "title", "audience", "modules", "quiz", "refresh_months"], "courses", 3, 4
            )
        sc = d["scorecard"]
        self.sections = {}
        if self.keys(sc, ["name", "period", "scoring", "rating_bands", "sections"], "scorecard"):
            self.sections = self.rows(sc["sections"], ["key", "name", "weight", "items"], "scorecard.sections", 3, 6)

        # --- KPIs
        total = 0
        for c, k in self.kpis.items():
            w = f"kpi {c}"
            self.one(k["unit"], UNITS, w)
            self.one(k["direction"], {"higher", "lower", "band"}, w)
            self.one(k["source_kind"], SOURCES, w)
            self.one(k["period"], {"month", "quarter"}, w)
            self.refs(k["applies_to"], scored, f"{w}.applies_to")
            if not isinstance(k["weight"], int) or k["weight"] < 1:
                self.err(f"{w}: weight must be a positive whole number")
            total += k["weight"]
            if not k["definition"].strip().endswith(".") or re.search(r"\.\s+[A-Z]", k["definition"].strip()[:-1]):
                self.err(f"{w}: definition must be one sentence")
            a = k["aggregation"]
            if self.keys(a, ["method", "field", "numerator", "denominator", "multiplier"], f"{w}.aggregation"):
                self.one(a["method"], METHODS, w)
                isr = a["method"] == "ratio"
                if isr != all(a[x] is not None for x in ("numerator", "denominator", "multiplier")) or isr == bool(
                    a["field"]
                ):
                    self.err(f"{w}: ratio needs numerator, denominator, multiplier; others need field")
                if isr and k["unit"] == "percent" and a["multiplier"] != 100:
                    self.err(f"{w}: a percent ratio multiplies by 100")
                if isr and k["unit"] == "ppm" and a["multiplier"] != 1000000:
                    self.err(f"{w}: a ppm ratio multiplies by 1000000")
            t = k["thresholds"]
            if self.keys(
                t,
                ["floor", "target", "stretch", "low", "high", "ceiling", "basis", "source", "note"],
                f"{w}.thresholds",
            ):
                self.one(t["basis"], {"illustrative", "sourced"}, w)
                if (t["basis"] == "sourced") != (t["source"] is not None) or (t["source"] and t["source"] not in src):
                    self.err(f"{w}: threshold source missing or unknown")
                f, g, s, lo, hi, ce = (t[x] for x in ("floor", "target", "stretch", "low", "high", "ceiling"))

                def nums(*v):
                    return all(isinstance(x, int | float) and not isinstance(x, bool) for x in v)

                if k["direction"] == "band":
                    if s is not None or not nums(f, g, lo, hi, ce) or not f < lo <= g <= hi < ce:
                        self.err(f"{w}: a band needs floor < low <= target <= high < ceiling and no stretch")
                elif (lo, hi, ce) != (None, None, None) or not nums(f, g, s):
                    self.err(f"{w}: needs floor, target, stretch only")
                elif k["direction"] == "higher" and not f < g <= s:
                    self.err(f"{w}: higher is better needs floor < target <= stretch")
                elif k["direction"] == "lower" and not f > g >= s:
                    self.err(f"{w}: lower is better needs floor > target >= stretch")
                if k["unit"] == "percent" and a.get("method") == "ratio" and k["direction"] == "lower" and s < 0:
                    self.err(f"{w}: negative stretch")
        if total != 100:
            self.err(f"KPI weights sum to {total}, not 100")
        for t in scored:
            mine = [k for k in self.kpis.values() if t in k["applies_to"]]
            if len(mine) < 4 or sum(k["weight"] for k in mine) < 20:
                self.err(f"partner type {t}: needs at least 4 KPIs with weight 20 in all, has {len(mine)}")

        # --- scorecard
        if self.sections:
            self.one(sc["period"], {"month", "quarter"}, "scorecard.period")
            p = sc["scoring"]
            if self.keys(p, ["target_points", "min_coverage", "missing_data"], "scoring"):
                if not (0 < p["target_points"] <= 100 and 0 <= p["min_coverage"] <= 100):
                    self.err("scoring: target_points must be in (0, 100], min_coverage in [0, 100]")
                self.one(p["missing_data"], {"exclude", "zero"}, "scoring.missing_data")
            bands = list(self.rows(sc["rating_bands"], ["key", "name", "min_score"], "rating_bands", 3, 5).values())
            mins = [b["min_score"] for b in bands]
            if not mins or mins[0] != 0 or mins != sorted(set(mins)):
                self.err("rating bands must start at 0 and rise")
            seen = []
            for k, s in self.sections.items():
                self.rows(s["items"], ["code", "weight"], f"section {k}", 1, 12, ident="code", pattern=CODE)
                if sum(i["weight"] for i in s["items"]) != s["weight"]:
                    self.err(f"section {k}: item weights do not sum to the section weight")
                for i in s["items"]:
                    seen.append(i["code"])
                    if i["code"] not in self.kpis:
                        self.err(f"section {k}: unknown KPI {i['code']}")
                    elif self.kpis[i["code"]]["weight"] != i["weight"]:
                        self.err(f"section {k}: weight of {i['code']} differs from the KPI's")
            if sorted(seen) != sorted(self.kpis):
                self.err("every KPI must be in exactly one scorecard section")
            if sum(s["weight"] for s in self.sections.values()) != 100:
                self.err("section weights do not sum to 100")

        # --- tiers
        last_score, uses_cert, last = -1, False, {}
        for i, (k, t) in enumerate(self.tiers.items()):
            if t["rank"] != i + 1:
                self.err(f"tier {k}: ranks must run 1, 2, 3 ...")
            self.texts(t["benefits"], 2, 8, f"tier {k}.benefits")
            q = t["qualification"]
            if self.keys(q, ["match", "rules"], f"tier {k}.qualification"):
                self.one(q["match"], {"all", "any"}, f"tier {k}")
                if not q["rules"]:
                    self.err(f"tier {k}: no qualification rules")
                for j, r in enumerate(q["rules"]):
                    self.rule(r, f"tier {k}.rules[{j}]", True)
                    if r.get("type") == "score":
                        if r["value"] <= last_score:
                            self.err(f"tier {k}: score threshold does not rise")
                        last_score = r["value"]
                    uses_cert |= r.get("type") == "certification"
                    if r.get("type") in ("kpi", "certification"):
                        sign = -1 if self.kpis.get(r["ref"], {}).get("direction") == "lower" else 1
                        if sign * r["value"] < sign * last.get(r["ref"], r["value"]):
                            self.err(f"tier {k}: asks less of {r['ref']} than a lower tier")
                        last[r["ref"]] = r["value"]
        if not uses_cert:
            self.err("no tier rule refers to the certification")

        # --- review
        rv = d["review_template"]
        rsecs, questions = {}, {}
        if self.keys(rv, ["name", "cadence", "self_assessment_due_days", "scale", "sections", "questions"], "review"):
            self.one(rv["cadence"], FREQ, "review.cadence")
            if self.keys(rv["scale"], ["min", "max", "labels"], "review.scale") and sorted(
                rv["scale"]["labels"]
            ) != list(range(rv["scale"]["min"], rv["scale"]["max"] + 1)):
                self.err("review scale labels do not cover the scale")
            rsecs = self.rows(rv["sections"], ["key", "name"], "review.sections", 2, 5)
            questions = self.rows(
                rv["questions"],
                ["key", "section", "text", "type", "answered_by", "kpi_codes", "required"],
                "review.questions",
                8,
                12,
            )
            for k, q in questions.items():
                self.one(q["section"], rsecs, f"question {k}")
                self.one(q["answered_by"], ANSWERERS, f"question {k}")
                self.one(q["type"], {"rating", "text", "yes_no"}, f"question {k}")
                self.refs(q["kpi_codes"], self.kpis, f"question {k}", empty=True)
            if {q["answered_by"] for q in questions.values()} != ANSWERERS:
                self.err("review: each kind of answerer must have a question")
            if {q["section"] for q in questions.values()} != set(rsecs):
                self.err("review: a section has no question")

        # --- improvement plan
        ip = d["improvement_plan"]
        triggers, objectives = {}, {}
        if self.keys(
            ip,
            ["name", "duration_days", "extension_days", "checkin_every_days", "triggers", "objectives", "exit"],
            "improvement_plan",
        ):
            triggers = self.rows(ip["triggers"], ["key", "description", "severity", "rule"], "triggers", 3, 6)
            for k, t in triggers.items():
                self.one(t["severity"], {"watch", "formal", "critical"}, f"trigger {k}")
                self.rule(t["rule"], f"trigger {k}", False)
            if not any(t["rule"].get("type") == "score" for t in triggers.values()):
                self.err("improvement plan: no score trigger")
            objectives = self.rows(
                ip["objectives"], ["key", "title", "code", "goal", "due_days", "actions"], "objectives", 3, 6
            )
            for k, o in objectives.items():
                if o["code"] not in self.kpis:
                    self.err(f"objective {k}: unknown KPI {o['code']}")
                self.one(o["goal"], {"floor", "target", "stretch"}, f"objective {k}")
                if not 0 < o["due_days"] <= ip["duration_days"]:
                    self.err(f"objective {k}: due after the plan ends")
                self.texts(o["actions"], 2, 5, f"objective {k}")
            if not 0 < ip["checkin_every_days"] < ip["duration_days"]:
                self.err("improvement plan: check-in cadence")
            if self.keys(ip["exit"], ["success_rules", "success", "failure"], "exit"):
                for j, r in enumerate(ip["exit"]["success_rules"]):
                    self.rule(r, f"exit.success_rules[{j}]", True)

        # --- incentives
        inc = self.rows(
            d["incentives"],
            [
                "key",
                "name",
                "type",
                "audience",
                "period",
                "description",
                "basis_code",
                "payout_on",
                "payout_type",
                "bands",
                "cap_amount",
                "eligibility",
            ],
            "incentives",
            2,
            4,
        )
        for k, x in inc.items():
            w = f"incentive {k}"
            self.one(x["type"], {"tiered_rebate", "spiff", "performance_bonus"}, w)
            self.one(x["period"], {"month", "quarter", "half_year", "year"}, w)
            self.one(x["payout_type"], {"percent", "fixed", "fixed_per_unit"}, w)
            self.refs(x["audience"], scored, w)
            kp = self.kpis.get(x["basis_code"])
            if not kp:
                self.err(f"{w}: unknown basis KPI {x['basis_code']}")
                continue
            for t in x["audience"]:
                if t not in kp["applies_to"]:
                    self.err(f"{w}: {x['basis_code']} does not apply to {t}")
            if x["payout_type"] == "percent":
                on = x["payout_on"]
                if on not in ("invoice_value", "contract_value") and self.kpis.get(on, {}).get("unit") != "currency":
                    self.err(f"{w}: a percent payout needs invoice_value, contract_value or a currency KPI")
            elif x["payout_on"] != "none":
                self.err(f"{w}: a fixed payout has payout_on none")
            if x["payout_type"] == "fixed_per_unit" and kp["unit"] not in ("count", "score"):
                self.err(f"{w}: a per-unit payout needs a count KPI")
            prev = None
            for j, b in enumerate(x["bands"]):
                if not self.keys(b, ["from", "to", "payout"], f"{w}.bands[{j}]"):
                    continue
                if b["to"] is not None and b["to"] <= b["from"]:
                    self.err(f"{w}: empty band")
                if j and prev["to"] != b["from"] and b["to"] != prev["from"]:
                    self.err(f"{w}: bands do not touch")
                if b["payout"] <= 0:
                    self.err(f"{w}: payout must be positive")
                if j and kp["direction"] != "band" and b["payout"] <= prev["payout"]:
                    self.err(f"{w}: payouts must rise from band to band")
                if j and kp["direction"] == "lower" and b["from"] >= prev["from"]:
                    self.err(f"{w}: bands on a lower-is-better KPI are listed from worse to better")
                if j and kp["direction"] == "higher" and b["from"] <= prev["from"]:
                    self.err(f"{w}: bands on a higher-is-better KPI are listed from worse to better")
                prev = b
            if not x["bands"] or x["cap_amount"] <= 0:
                self.err(f"{w}: needs bands and a cap")
            for j, r in enumerate(x["eligibility"]):
                self.rule(r, f"{w}.eligibility[{j}]", True)
            if not x["eligibility"]:
                self.err(f"{w}: no eligibility gate")

        # --- training
        for k, c in courses.items():
            self.refs(c["audience"], types, f"course {k}")
            self.rows(c["modules"], ["title", "outline"], f"course {k}.modules", 3, 6, ident=None)
            for m in c["modules"]:
                if not m["title"] or not m["outline"]:
                    self.err(f"course {k}: a module lacks its title or outline")
            if self.keys(c["quiz"], ["questions", "pass_percent"], f"course {k}.quiz") and not (
                5 <= c["quiz"]["questions"] <= 40 and 50 <= c["quiz"]["pass_percent"] <= 100
            ):
                self.err(f"course {k}: quiz")
        if cert and self.certs:
            self.refs(cert["requires_courses"], courses, "certification.requires_courses")
            self.keys(cert["exam"], ["questions", "pass_percent"], "certification.exam")
            if cert["feeds_kpi"] not in self.kpis or self.kpis[cert["feeds_kpi"]]["source_kind"] != "training":
                self.err("certification.feeds_kpi must be a training KPI")
            if not isinstance(cert["validity_months"], int) or not 6 <= cert["validity_months"] <= 60:
                self.err("certification.validity_months")
            for r in cert["tier_requirements"]:
                if self.keys(r, ["tier", "min_holders"], "tier_requirements"):
                    rules = self.tiers.get(r["tier"], {}).get("qualification", {}).get("rules", [])
                    if not any(x["type"] == "certification" and x["value"] == r["min_holders"] for x in rules):
                        self.err(f"certification: tier {r['tier']} has no matching rule for {r['min_holders']} holders")

        # --- RACI
        roles, activities = {}, {}
        if self.keys(d["raci"], ["roles", "activities"], "raci"):
            roles = self.rows(d["raci"]["roles"], ["key", "name", "side"], "raci.roles", 4, 9)
            if {r["side"] for r in roles.values()} != {"vendor", "partner"}:
                self.err("raci: roles on both sides are needed")
            activities = self.rows(d["raci"]["activities"], ["key", "name", "assignments"], "raci.activities", 6, 10)
            for k, a in activities.items():
                v = list(a["assignments"].values())
                if set(a["assignments"]) - set(roles):
                    self.err(f"raci {k}: unknown role")
                if set(v) - {"R", "A", "C", "I", "AR"}:
                    self.err(f"raci {k}: unknown letter")
                if sum(x in ("A", "AR") for x in v) != 1 or not any(x in ("R", "AR") for x in v):
                    self.err(f"raci {k}: needs exactly one accountable and at least one responsible role")

        # --- onboarding, documents, communication, reports, content, initiatives
        onb = self.rows(
            d["onboarding"],
            ["key", "title", "owner", "due_days", "blocking", "applies_to", "document", "course"],
            "onboarding",
            6,
            16,
        )
        for k, x in self.docs.items():
            asked = {t for o in onb.values() if o["document"] == k for t in o["applies_to"]}
            if x["required"] and set(x["applies_to"]) & scored - asked:
                self.err(f"document {k}: required but no onboarding step asks every partner type for it")
        for k, o in onb.items():
            self.refs(o["applies_to"], scored, f"onboarding {k}")
            if not isinstance(o["due_days"], int) or o["due_days"] < 1 or not isinstance(o["blocking"], bool):
                self.err(f"onboarding {k}: due_days or blocking")
            self.one(o["owner"], {"partner", "vendor"}, f"onboarding {k}")
            if o["document"] is not None and o["document"] not in self.docs:
                self.err(f"onboarding {k}: unknown document")
            if o["course"] is not None and o["course"] not in courses:
                self.err(f"onboarding {k}: unknown course")
        for k, o in self.docs.items():
            self.one(
                o["kind"],
                {"certificate", "insurance", "licence", "agreement", "report", "declaration"},
                f"document {k}",
            )
            self.one(o["on_expiry"], {"warn", "block_orders", "suspend_tier", "open_improvement_plan"}, f"document {k}")
            self.refs(o["applies_to"], types, f"document {k}")
            v = o["validity_months"]
            if v is not None and (not isinstance(v, int) or v < 1):
                self.err(f"document {k}: validity_months")
            if bool(o["reminder_days"]) != (v is not None):
                self.err(f"document {k}: reminders go with an expiry")
        comm = self.rows(
            d["communication"],
            ["key", "name", "audience", "frequency", "channel", "owner_role", "agenda"],
            "communication",
            3,
            7,
        )
        for k, c in comm.items():
            self.one(c["frequency"], FREQ, f"communication {k}")
            self.one(c["channel"], {"meeting", "call", "portal", "email", "site_visit"}, f"communication {k}")
            self.one(c["owner_role"], roles, f"communication {k}")
            self.refs(c["audience"], types, f"communication {k}")
            self.texts(c["agenda"], 2, 6, f"communication {k}")
        reps = self.rows(
            d["reports"],
            ["key", "name", "frequency", "visible_to", "format", "kpi_codes", "description"],
            "reports",
            2,
            5,
        )
        for k, r in reps.items():
            self.one(r["frequency"], FREQ, f"report {k}")
            self.one(r["visible_to"], {"vendor", "partner", "both"}, f"report {k}")
            self.one(r["format"], {"dashboard", "pdf", "csv", "email"}, f"report {k}")
            self.refs(r["kpi_codes"], self.kpis, f"report {k}")
        cont = self.rows(d["content"], ["key", "type", "title", "audience", "body"], "content", 3, 6)
        for k, c in cont.items():
            self.one(c["type"], {"announcement", "article"}, f"content {k}")
            self.refs(c["audience"], types, f"content {k}")
            self.texts(c["body"], 3, 5, f"content {k}")
        if {c["type"] for c in cont.values()} != {"announcement", "article"}:
            self.err("content: both an announcement and an article are needed")
        inits = self.rows(
            d["joint_initiatives"],
            ["key", "title", "kind", "partner_types", "duration_days", "kpi_codes", "summary", "milestones"],
            "joint_initiatives",
            4,
            5,
        )
        for k, j in inits.items():
            self.one(
                j["kind"],
                {
                    "promotion",
                    "launch",
                    "quality",
                    "capacity",
                    "safety",
                    "digital",
                    "sustainability",
                    "compliance",
                    "training",
                    "service",
                    "market_entry",
                    "innovation",
                    "planning",
                },
                f"initiative {k}",
            )
            self.refs(j["partner_types"], types, f"initiative {k}")
            self.refs(j["kpi_codes"], self.kpis, f"initiative {k}")
            self.texts(j["milestones"], 3, 5, f"initiative {k}")

        # --- claims
        pools = {
            "partner_type": types,
            "tier": self.tiers,
            "kpi": self.kpis,
            "section": self.sections,
            "question": questions,
            "trigger": triggers,
            "objective": objectives,
            "incentive": inc,
            "course": courses,
            "certification": self.certs,
            "role": roles,
            "raci": activities,
            "onboarding": onb,
            "document": self.docs,
            "communication": comm,
            "report": reps,
            "content": cont,
            "initiative": inits,
        }
        if not isinstance(d["claims"], list) or len(d["claims"]) < 8:
            self.err("claims: at least 8 claims")
        refs = set()
        for i, c in enumerate(d["claims"] or []):
            if not self.keys(c, ["ref", "claim", "keys"], f"claims[{i}]"):
                continue
            refs.add(c["ref"].split(".")[0])
            if not re.fullmatch(r"(ppm|best_practices)\.[1-3]", c["ref"]):
                self.err(f"claims[{i}]: bad sentence id {c['ref']!r}")
            if not c["keys"]:
                self.err(f"claims[{i}]: no keys")
            for ref in c["keys"]:
                kind, _, key = ref.partition(":")
                if kind not in pools or key not in pools[kind]:
                    self.err(f"claims[{i}]: unknown reference {ref!r}")
        have = {c.get("ref") for c in d["claims"] or []}
        want = {f"{s}.{n}" for s in ("ppm", "best_practices") for n in (1, 2, 3)}
        if want - have:
            self.err(f"claims: sentences not covered: {sorted(want - have)}")
