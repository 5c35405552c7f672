"""Where the fictional customers of each country are: real cities, plausible streets, and telephone numbers that are nobody's.

The numbers are those that regulators keep free for fiction: 555-01xx in North America, 020 7946 0xxx (Ofcom), 030 23125 xxx
(Bundesnetzagentur), 01 99 00 xx xx (Arcep).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Country:
    """What is formatted: a telephone number with `area` (200 to 899) and `digits` (0 to 99), a tax number with `number`."""

    legal_forms: tuple[str, ...]
    street: str
    streets: tuple[str, ...]
    cities: tuple[tuple[str, str | None, str], ...]  # name, state or province, postal code
    phone: str
    tax_number: str | None = None


COUNTRIES = {
    "US": Country(
        legal_forms=("Inc", "LLC", "Corp", "Co"),
        street="{house} {street}",
        streets=(
            "Main St",
            "Market St",
            "Commerce Way",
            "Industrial Blvd",
            "Lakeshore Dr",
            "Foundry Rd",
            "Union Ave",
            "Station Rd",
        ),
        cities=(
            ("Austin", "TX", "78701"),
            ("Boston", "MA", "02108"),
            ("Chicago", "IL", "60601"),
            ("Denver", "CO", "80202"),
            ("Portland", "OR", "97205"),
            ("Seattle", "WA", "98101"),
            ("Atlanta", "GA", "30303"),
            ("Phoenix", "AZ", "85004"),
            ("Columbus", "OH", "43215"),
            ("Nashville", "TN", "37203"),
            ("Raleigh", "NC", "27601"),
            ("Minneapolis", "MN", "55401"),
            ("Pittsburgh", "PA", "15222"),
            ("San Diego", "CA", "92101"),
            ("Salt Lake City", "UT", "84101"),
            ("Kansas City", "MO", "64105"),
        ),
        phone="+1 {area} 555 01{digits:02d}",
        tax_number="98{number:07d}",
    ),
    "DE": Country(
        legal_forms=("GmbH", "AG", "SE", "KG"),
        street="{street} {house}",
        streets=(
            "Hauptstraße",
            "Bahnhofstraße",
            "Industriestraße",
            "Lindenallee",
            "Am Hafen",
            "Gartenweg",
            "Marktplatz",
            "Mühlenweg",
        ),
        cities=(
            ("Berlin", None, "10115"),
            ("Hamburg", None, "20095"),
            ("München", None, "80331"),
            ("Köln", None, "50667"),
            ("Frankfurt am Main", None, "60311"),
            ("Stuttgart", None, "70173"),
            ("Leipzig", None, "04109"),
            ("Nürnberg", None, "90402"),
        ),
        phone="+49 30 231250{digits:02d}",
        tax_number="DE1{number:08d}",
    ),
    "GB": Country(
        legal_forms=("Ltd", "plc", "LLP", "& Sons Ltd"),
        street="{house} {street}",
        streets=(
            "High Street",
            "Station Road",
            "Mill Lane",
            "Church Road",
            "Queens Road",
            "Dock Street",
            "Park Row",
            "Canal Street",
        ),
        cities=(
            ("London", None, "EC1A 1BB"),
            ("Manchester", None, "M1 1AE"),
            ("Birmingham", None, "B1 1BB"),
            ("Leeds", None, "LS1 4AP"),
            ("Glasgow", None, "G1 1XQ"),
            ("Bristol", None, "BS1 4DJ"),
            ("Cardiff", None, "CF10 1EP"),
            ("Edinburgh", None, "EH1 1YZ"),
        ),
        phone="+44 20 7946 00{digits:02d}",
        tax_number="GB1{number:08d}",
    ),
    "CA": Country(
        legal_forms=("Ltd", "Inc", "Corp", "Limited"),
        street="{house} {street}",
        streets=("King St W", "Queen St E", "Granville St", "Portage Ave", "Jasper Ave", "Barrington St", "Yonge St", "Dundas St"),
        cities=(
            ("Toronto", "ON", "M5H 2N2"),
            ("Ottawa", "ON", "K1P 1J1"),
            ("Vancouver", "BC", "V6B 1A1"),
            ("Calgary", "AB", "T2P 1J9"),
            ("Winnipeg", "MB", "R3C 0V8"),
            ("Halifax", "NS", "B3J 1S9"),
            ("Edmonton", "AB", "T5J 0N3"),
            ("Hamilton", "ON", "L8P 1A1"),
        ),
        phone="+1 {area} 555 01{digits:02d}",
        tax_number="1{number:08d}RT0001",
    ),
    "FR": Country(
        legal_forms=("SA", "SAS", "SARL"),
        street="{house} {street}",
        streets=("Rue de la Gare", "Rue du Port", "Avenue de la République", "Place du Marché", "Rue des Lilas", "Quai du Canal"),
        cities=(
            ("Paris", None, "75002"),
            ("Lyon", None, "69001"),
            ("Marseille", None, "13001"),
            ("Lille", None, "59000"),
            ("Nantes", None, "44000"),
            ("Strasbourg", None, "67000"),
        ),
        phone="+33 1 99 00 00 {digits:02d}",
        tax_number="FR32{number:09d}",
    ),
}
