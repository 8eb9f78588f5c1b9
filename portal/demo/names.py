"""Invented names of companies, people and places for demo data. Any likeness to real ones is chance."""

from dataclasses import dataclass
from random import Random


def _words(text: str) -> list[str]:
    return text.split()


FIRST_NAMES = _words("""
Ada Alina Amir Anton Astrid Bea Bruno Carla Cem Chiara Clara Daan Dario Elif Elin Emil Enzo Eva Felix Fenna Finn
Freja Gina Greta Hugo Ida Ilse Ines Ivo Jan Jara Jonas Julia Kaja Karim Lara Lea Leon Lina Luca Maja Malik Marta
Mika Mila Nadia Nils Noor Nora Olga Oskar Paula Pia Rafael Rosa Runa Sami Selma Sofia Stan Tara Theo Tilda Timo Ulla
Vera Viktor Wanda Yara Zoe
""")
LAST_NAMES = _words("""
Adler Almeida Andersen Bakker Bauer Bergman Bianchi Blom Brandt Campos Costa Dahl Demir Dubois Eklund Falk Farkas
Fischer Fontana Garnier Graf Haas Hansen Holm Horvat Huber Ibsen Jansen Jensen Keller Klein Koch Kovac Kruse Lang
Larsen Lindqvist Lorenz Marino Martel Meyer Moreau Navarro Nowak Olsen Ortega Petit Pires Richter Rossi Sato Schmid
Silva Sommer Steen Torres Vidal Vogel Weber Winter Yilmaz Ziegler
""")


@dataclass(frozen=True, slots=True)
class Place:
    """A city with its country and the demo region it lies in."""

    city: str
    country: str
    region: str


REGIONS = {
    "dach": "DACH",
    "nordics": "Nordics",
    "benelux": "Benelux",
    "france": "France",
    "iberia": "Iberia",
    "italy": "Italy",
    "uk-ireland": "UK and Ireland",
}
_CITIES = {
    (
        "dach",
        "DE",
    ): "Berlin Hamburg Köln Leipzig München Stuttgart Bremen Dresden Kassel Freiburg Rostock Ulm",
    ("dach", "AT"): "Wien Graz Linz Innsbruck",
    ("dach", "CH"): "Zürich Basel Bern Genève",
    ("nordics", "SE"): "Stockholm Göteborg Malmö Uppsala",
    ("nordics", "DK"): "København Aarhus Odense",
    ("nordics", "NO"): "Oslo Bergen",
    ("nordics", "FI"): "Helsinki Tampere",
    ("benelux", "NL"): "Amsterdam Utrecht Rotterdam Eindhoven",
    ("benelux", "BE"): "Antwerpen Gent Liège",
    ("france", "FR"): "Paris Lyon Nantes Lille Toulouse Rennes",
    ("iberia", "ES"): "Madrid Barcelona Valencia Sevilla",
    ("iberia", "PT"): "Lisboa Porto",
    ("italy", "IT"): "Milano Torino Bologna Verona",
    ("uk-ireland", "GB"): "London Leeds Bristol Glasgow",
    ("uk-ireland", "IE"): "Dublin Cork",
}
PLACES = [Place(city, country, region) for (region, country), cities in _CITIES.items() for city in cities.split()]

_HEADS = _words("""
Alder Amber Anker Arden Aurora Birch Boreal Brook Cedar Cobalt Coral Delta Ember Falcon Fjord Harbour Heron Horizon
Iris Juniper Kestrel Lark Linden Lumen Marble Meridian Nimbus North Oak Orchid Pebble Pine Polar Quarry Raven River
Saffron Sierra Slate Solar Spruce Sterling Summit Swift Tidal Union Vale Vista Willow Zenith
""")
# What a partner type's companies are called, by word in the type's key.
_TAILS = {
    "distributor": ["Distribution", "Wholesale", "Supply", "Logistics"],
    "reseller": ["Systems", "IT", "Solutions", "Office"],
    "retail": ["Store", "Market", "Outlet", "Shop"],
    "service": ["Service", "Repair", "Care", "Support"],
    "clinic": ["Clinic", "Medical Centre", "Health", "Practice"],
    "equipment": ["Medtech", "Instruments", "Devices", "Technik"],
    "pharma": ["Pharma", "Biosciences", "Therapeutics"],
    "supplier": ["Components", "Materials", "Parts", "Works"],
    "logistics": ["Freight", "Transport", "Cargo"],
    "broker": ["Brokers", "Advisory", "Partners"],
    "agency": ["Agency", "Media", "Studio"],
}
_FORMS = dict(
    pair.split("=")
    for pair in _words(
        "DE=GmbH AT=GmbH CH=AG SE=AB DK=ApS NO=AS FI=Oy NL=B.V. BE=BV FR=SAS ES=S.L. PT=Lda IT=S.r.l. GB=Ltd IE=Ltd"
    )
)


def company_name(random: Random, type_key: str, place: Place, taken: set[str]) -> str:
    """A company name that no other demo partner has."""
    tails = next(
        (words for key, words in _TAILS.items() if key in type_key),
        ["Group", "Partners", "Works"],
    )
    while True:
        name = f"{random.choice(_HEADS)} {random.choice(tails)} {place.city}"
        if random.random() < 0.3:
            name = f"{random.choice(LAST_NAMES)} {random.choice(tails)} {_FORMS[place.country]}"
        if name not in taken:
            taken.add(name)
            return name


def person_name(random: Random) -> str:
    """First and last name."""
    return f"{random.choice(FIRST_NAMES)} {random.choice(LAST_NAMES)}"
