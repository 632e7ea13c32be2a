"""Currencies of ISO 4217: their names, which one a country uses, and the signs of some."""

from __future__ import annotations

from django.core.exceptions import ValidationError

EUROZONE = (
    "AD AT AX BE BL BG CY DE EE ES FI FR GF GP GR HR IE IT LT LU LV MC ME MF MQ MT NL PM PT RE SI SK SM TF VA XK YT"
)
DOLLAR = "AS BQ EC FM GU IO MH MP PR PW SV TC TL UM US VG VI"
USED_IN = {  # code: (name, countries)
    "AED": ("UAE dirham", "AE"), "AFN": ("Afghani", "AF"), "ALL": ("Albanian lek", "AL"),
    "AMD": ("Armenian dram", "AM"), "AOA": ("Angolan kwanza", "AO"), "ARS": ("Argentine peso", "AR"),
    "AUD": ("Australian dollar", "AU CC CX HM KI NF NR TV"), "AWG": ("Aruban florin", "AW"),
    "AZN": ("Azerbaijani manat", "AZ"), "BAM": ("Bosnian mark", "BA"), "BBD": ("Barbadian dollar", "BB"),
    "BDT": ("Bangladeshi taka", "BD"), "BHD": ("Bahraini dinar", "BH"), "BIF": ("Burundian franc", "BI"),
    "BMD": ("Bermudian dollar", "BM"), "BND": ("Brunei dollar", "BN"), "BOB": ("Boliviano", "BO"),
    "BRL": ("Brazilian real", "BR"), "BSD": ("Bahamian dollar", "BS"), "BTN": ("Ngultrum", "BT"),
    "BWP": ("Botswana pula", "BW"), "BYN": ("Belarusian rouble", "BY"), "BZD": ("Belize dollar", "BZ"),
    "CAD": ("Canadian dollar", "CA"), "CDF": ("Congolese franc", "CD"), "CHF": ("Swiss franc", "CH LI"),
    "CLP": ("Chilean peso", "CL"), "CNY": ("Chinese yuan", "CN"), "COP": ("Colombian peso", "CO"),
    "CRC": ("Costa Rican colón", "CR"), "CUP": ("Cuban peso", "CU"), "CVE": ("Cape Verdean escudo", "CV"),
    "CZK": ("Czech koruna", "CZ"), "DJF": ("Djiboutian franc", "DJ"), "DKK": ("Danish krone", "DK FO GL"),
    "DOP": ("Dominican peso", "DO"), "DZD": ("Algerian dinar", "DZ"), "EGP": ("Egyptian pound", "EG"),
    "ERN": ("Nakfa", "ER"), "ETB": ("Ethiopian birr", "ET"), "EUR": ("Euro", EUROZONE),
    "FJD": ("Fijian dollar", "FJ"), "FKP": ("Falkland Islands pound", "FK"),
    "GBP": ("Pound sterling", "GB GG GS IM JE"), "GEL": ("Georgian lari", "GE"), "GHS": ("Ghanaian cedi", "GH"),
    "GIP": ("Gibraltar pound", "GI"), "GMD": ("Dalasi", "GM"), "GNF": ("Guinean franc", "GN"),
    "GTQ": ("Quetzal", "GT"), "GYD": ("Guyanese dollar", "GY"), "HKD": ("Hong Kong dollar", "HK"),
    "HNL": ("Lempira", "HN"), "HTG": ("Gourde", "HT"), "HUF": ("Hungarian forint", "HU"),
    "IDR": ("Indonesian rupiah", "ID"), "ILS": ("New shekel", "IL PS"), "INR": ("Indian rupee", "IN"),
    "IQD": ("Iraqi dinar", "IQ"), "IRR": ("Iranian rial", "IR"), "ISK": ("Icelandic króna", "IS"),
    "JMD": ("Jamaican dollar", "JM"), "JOD": ("Jordanian dinar", "JO"), "JPY": ("Japanese yen", "JP"),
    "KES": ("Kenyan shilling", "KE"), "KGS": ("Kyrgyzstani som", "KG"), "KHR": ("Riel", "KH"),
    "KMF": ("Comorian franc", "KM"), "KPW": ("North Korean won", "KP"), "KRW": ("South Korean won", "KR"),
    "KWD": ("Kuwaiti dinar", "KW"), "KYD": ("Cayman Islands dollar", "KY"), "KZT": ("Tenge", "KZ"),
    "LAK": ("Kip", "LA"), "LBP": ("Lebanese pound", "LB"), "LKR": ("Sri Lankan rupee", "LK"),
    "LRD": ("Liberian dollar", "LR"), "LSL": ("Loti", "LS"), "LYD": ("Libyan dinar", "LY"),
    "MAD": ("Moroccan dirham", "EH MA"), "MDL": ("Moldovan leu", "MD"), "MGA": ("Ariary", "MG"),
    "MKD": ("Denar", "MK"), "MMK": ("Kyat", "MM"), "MNT": ("Tögrög", "MN"), "MOP": ("Pataca", "MO"),
    "MRU": ("Ouguiya", "MR"), "MUR": ("Mauritian rupee", "MU"), "MVR": ("Rufiyaa", "MV"),
    "MWK": ("Malawian kwacha", "MW"), "MXN": ("Mexican peso", "MX"), "MYR": ("Ringgit", "MY"),
    "MZN": ("Metical", "MZ"), "NAD": ("Namibian dollar", "NA"), "NGN": ("Naira", "NG"),
    "NIO": ("Córdoba", "NI"), "NOK": ("Norwegian krone", "BV NO SJ"), "NPR": ("Nepalese rupee", "NP"),
    "NZD": ("New Zealand dollar", "CK NU NZ PN TK"), "OMR": ("Omani rial", "OM"), "PAB": ("Balboa", "PA"),
    "PEN": ("Sol", "PE"), "PGK": ("Kina", "PG"), "PHP": ("Philippine peso", "PH"), "PKR": ("Pakistani rupee", "PK"),
    "PLN": ("Zloty", "PL"), "PYG": ("Guaraní", "PY"), "QAR": ("Qatari riyal", "QA"), "RON": ("Romanian leu", "RO"),
    "RSD": ("Serbian dinar", "RS"), "RUB": ("Russian rouble", "RU"), "RWF": ("Rwandan franc", "RW"),
    "SAR": ("Saudi riyal", "SA"), "SBD": ("Solomon Islands dollar", "SB"), "SCR": ("Seychellois rupee", "SC"),
    "SDG": ("Sudanese pound", "SD"), "SEK": ("Swedish krona", "SE"), "SGD": ("Singapore dollar", "SG"),
    "SHP": ("Saint Helena pound", "SH"), "SLE": ("Leone", "SL"), "SOS": ("Somali shilling", "SO"),
    "SRD": ("Surinamese dollar", "SR"), "SSP": ("South Sudanese pound", "SS"), "STN": ("Dobra", "ST"),
    "SYP": ("Syrian pound", "SY"), "SZL": ("Lilangeni", "SZ"), "THB": ("Baht", "TH"), "TJS": ("Somoni", "TJ"),
    "TMT": ("Turkmenistani manat", "TM"), "TND": ("Tunisian dinar", "TN"), "TOP": ("Paʻanga", "TO"),
    "TRY": ("Turkish lira", "TR"), "TTD": ("Trinidad and Tobago dollar", "TT"), "TWD": ("New Taiwan dollar", "TW"),
    "TZS": ("Tanzanian shilling", "TZ"), "UAH": ("Hryvnia", "UA"), "UGX": ("Ugandan shilling", "UG"),
    "USD": ("US dollar", DOLLAR), "UYU": ("Uruguayan peso", "UY"), "UZS": ("Uzbekistani som", "UZ"),
    "VES": ("Bolívar", "VE"), "VND": ("Đồng", "VN"), "VUV": ("Vatu", "VU"), "WST": ("Tālā", "WS"),
    "XAF": ("Central African CFA franc", "CF CG CM GA GQ TD"), "XCD": ("East Caribbean dollar", "AG AI DM GD KN LC MS VC"),
    "XCG": ("Caribbean guilder", "CW SX"), "XOF": ("West African CFA franc", "BF BJ CI GW ML NE SN TG"),
    "XPF": ("CFP franc", "NC PF WF"), "YER": ("Yemeni rial", "YE"), "ZAR": ("Rand", "ZA"),
    "ZMW": ("Zambian kwacha", "ZM"), "ZWG": ("Zimbabwe gold", "ZW"),
}  # fmt: skip
OF_COUNTRY = {country: code for code, (_, countries) in USED_IN.items() for country in countries.split()}
SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹", "CAD": "CA$", "AUD": "A$", "NZD": "NZ$",
    "BRL": "R$", "MXN": "MX$", "CNY": "CN¥", "KRW": "₩", "ILS": "₪", "PHP": "₱", "VND": "₫", "NGN": "₦",
    "UAH": "₴"}  # fmt: skip


def names() -> dict[str, str]:
    """{"EUR": "Euro (EUR)", …} by name."""
    pairs = ((code, f"{name} ({code})") for code, (name, _) in USED_IN.items())
    return dict(sorted(pairs, key=lambda pair: pair[1].lower()))


def currency_of(country: str) -> str:
    """The code of a country's currency; USD where none is known."""
    return OF_COUNTRY.get(country.upper(), "USD")


def check_currency(code: str) -> None:
    """Refuse a code that is no currency."""
    if code and code not in USED_IN:
        raise ValidationError(f"{code} is not a currency; use three letters such as EUR")
