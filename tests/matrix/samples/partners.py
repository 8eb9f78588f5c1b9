"""Partner records."""

SAMPLES = {
    "partner": lambda side: side.partner.public_id,
}
PARTNER_BOUND = {"partner"}
