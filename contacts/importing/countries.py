"""Country names as people write them, to ISO codes of two letters."""

from __future__ import annotations

NAMES = """AF Afghanistan|AX Åland Islands|AL Albania|DZ Algeria|AS American Samoa|AD Andorra|AO Angola|AI Anguilla|AQ Antarctica|AG Antigua and Barbuda|
AR Argentina|AM Armenia|AW Aruba|AU Australia|AT Austria|AT Österreich|AZ Azerbaijan|BS Bahamas|BS The Bahamas|BH Bahrain|BD Bangladesh|BB Barbados|BY Belarus|BE Belgium|
BE Belgique|BE België|BZ Belize|BJ Benin|BM Bermuda|BT Bhutan|BO Bolivia|BA Bosnia and Herzegovina|BW Botswana|BR Brazil|BR Brasil|VG British Virgin Islands|BN Brunei|
BN Brunei Darussalam|BG Bulgaria|BF Burkina Faso|BI Burundi|KH Cambodia|CM Cameroon|CA Canada|CV Cape Verde|CV Cabo Verde|KY Cayman Islands|CF Central African Republic|TD Chad|
CL Chile|CN China|CX Christmas Island|CC Cocos (Keeling) Islands|CO Colombia|KM Comoros|CG Congo|CD Democratic Republic of the Congo|CK Cook Islands|CR Costa Rica|CI Côte d’Ivoire|
CI Côte d'Ivoire|CI Ivory Coast|HR Croatia|HR Hrvatska|CU Cuba|CW Curaçao|CY Cyprus|CZ Czech Republic|CZ Czechia|DK Denmark|DK Danmark|DJ Djibouti|DM Dominica|DO Dominican Republic|
EC Ecuador|EG Egypt|SV El Salvador|GQ Equatorial Guinea|ER Eritrea|EE Estonia|SZ Eswatini|SZ Swaziland|ET Ethiopia|FK Falkland Islands|FO Faroe Islands|FJ Fiji|FI Finland|FI Suomi|
FR France|GF French Guiana|PF French Polynesia|GA Gabon|GM Gambia|GM The Gambia|GE Georgia|DE Germany|DE Deutschland|GH Ghana|GI Gibraltar|GR Greece|GL Greenland|GD Grenada|GP Guadeloupe|
GU Guam|GT Guatemala|GG Guernsey|GN Guinea|GW Guinea-Bissau|GY Guyana|HT Haiti|HN Honduras|HK Hong Kong|HK Hong Kong SAR China|HU Hungary|HU Magyarország|IS Iceland|IN India|ID Indonesia|IR Iran|
IQ Iraq|IE Ireland|IE Republic of Ireland|IM Isle of Man|IL Israel|IT Italy|IT Italia|JM Jamaica|JP Japan|JE Jersey|JO Jordan|KZ Kazakhstan|KE Kenya|KI Kiribati|KP North Korea|KR South Korea|
KR Korea|KR Republic of Korea|XK Kosovo|KW Kuwait|KG Kyrgyzstan|LA Laos|LV Latvia|LB Lebanon|LS Lesotho|LR Liberia|LY Libya|LI Liechtenstein|LT Lithuania|LU Luxembourg|MO Macau|MO Macao|
MG Madagascar|MW Malawi|MY Malaysia|MV Maldives|ML Mali|MT Malta|MH Marshall Islands|MQ Martinique|MR Mauritania|MU Mauritius|YT Mayotte|MX Mexico|MX México|FM Micronesia|MD Moldova|MC Monaco|
MN Mongolia|ME Montenegro|MS Montserrat|MA Morocco|MZ Mozambique|MM Myanmar|MM Burma|NA Namibia|NR Nauru|NP Nepal|NL Netherlands|NL The Netherlands|NL Nederland|NL Holland|NC New Caledonia|
NZ New Zealand|NI Nicaragua|NE Niger|NG Nigeria|NU Niue|NF Norfolk Island|MK North Macedonia|MK Macedonia|MP Northern Mariana Islands|NO Norway|NO Norge|OM Oman|PK Pakistan|PW Palau|PS Palestine|
PA Panama|PA Panamá|PG Papua New Guinea|PY Paraguay|PE Peru|PE Perú|PH Philippines|PH The Philippines|PN Pitcairn Islands|PL Poland|PL Polska|PT Portugal|PR Puerto Rico|QA Qatar|RE Réunion|RO Romania|
RU Russia|RU Russian Federation|RW Rwanda|BL Saint Barthélemy|SH Saint Helena|KN Saint Kitts and Nevis|LC Saint Lucia|MF Saint Martin|PM Saint Pierre and Miquelon|VC Saint Vincent and the Grenadines|
WS Samoa|SM San Marino|ST São Tomé and Príncipe|SA Saudi Arabia|SN Senegal|RS Serbia|SC Seychelles|SL Sierra Leone|SG Singapore|SX Sint Maarten|SK Slovakia|SI Slovenia|SB Solomon Islands|SO Somalia|
ZA South Africa|SS South Sudan|ES Spain|ES España|LK Sri Lanka|SD Sudan|SR Suriname|SJ Svalbard and Jan Mayen|SE Sweden|SE Sverige|CH Switzerland|CH Schweiz|CH Suisse|SY Syria|TW Taiwan|TJ Tajikistan|
TZ Tanzania|TH Thailand|TL Timor-Leste|TL East Timor|TG Togo|TK Tokelau|TO Tonga|TT Trinidad and Tobago|TN Tunisia|TR Turkey|TR Türkiye|TM Turkmenistan|TC Turks and Caicos Islands|TV Tuvalu|
VI U.S. Virgin Islands|VI US Virgin Islands|UG Uganda|UA Ukraine|AE United Arab Emirates|AE UAE|GB United Kingdom|GB UK|GB Great Britain|GB England|GB Scotland|GB Wales|GB Northern Ireland|
US United States|US United States of America|US USA|US U.S.A.|US U.S.|US America|UY Uruguay|UZ Uzbekistan|VU Vanuatu|VA Vatican City|VE Venezuela|VN Vietnam|VN Viet Nam|WF Wallis and Futuna|
EH Western Sahara|YE Yemen|ZM Zambia|ZW Zimbabwe"""  # fmt: skip
BY_NAME = {part.strip()[3:].lower(): part.strip()[:2] for part in NAMES.split("|")}
CODES = frozenset(BY_NAME.values()) | {"BV", "GS", "HM", "IO", "TF", "UM"}


def code_of(text: str) -> str:
    """The ISO code of a country's name or code.

    Raises:
        ValueError: it is none we know.
    """
    plain = " ".join(text.split())
    if len(plain) == 2 and plain.upper() in CODES:
        return plain.upper()
    found = BY_NAME.get(plain.lower())
    if found is None:
        raise ValueError("is no country we know; use a code of two letters, such as US")
    return found
