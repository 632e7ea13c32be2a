"""What the demo's people are called, where they live and what is said about them."""

from __future__ import annotations

# first names, last names, country, share in Portland, share in Lisbon; names are parted by blanks
PEOPLE = [
    (
        "James Mary Robert Patricia Michael Jennifer David Linda Ethan Olivia Noah Emma Mason Ava Grace Logan Chloe "
        "Wyatt Hazel Ruth Caleb Norah Silas June Everett Pearl Jonah Della Miles Ada Theodore Iris Gideon Clara Amos "
        "Louise Felix Marian Owen Beth Harlan Tess",
        "Walker Bennett Hayes Foster Brooks Coleman Griffin Sullivan Reyes Parker Whitfield Marsh Tanner Holloway "
        "Prescott Lowe Ashby Calloway Dunn Ellery Farrow Gentry Hobbs Ingram Jessup Keating Langley Mercer Norwood Oakes "
        "Pruitt Quimby Ridley Sayer Thorne Underhill Vance Wexler Yates Zeller",
        "US", 50, 6,
    ),
    (
        "Sofia Mateo Valentina Santiago Camila Diego Lucía Andrés Ximena Joaquín Renata Emiliano Pilar Álvaro Nuria",
        "García Hernández López Muñoz Ibáñez Castañeda Peña Rivas Ortega Salazar Núñez Zamora Quiroga",
        "ES", 12, 10,
    ),
    (
        "João Maria Inês Tiago Beatriz Rui Catarina Gonçalo Leonor Nuno Mafalda Duarte Teresa Vasco Matilde Luís",
        "Silva Santos Ferreira Pereira Oliveira Carvalho Gonçalves Magalhães Simões Araújo Conceição Brandão Leitão "
        "Almeida Barros Cordeiro Domingues Esteves Figueiredo Garrido Henriques Lobo Moniz Nogueira Pacheco Quintela",
        "PT", 2, 44,
    ),
    (
        "Lukas Hannah Jürgen Anneliese Moritz Käthe Björn Friederike Sören Gisela Matthias Ulrike",
        "Müller Schäfer Köhler Weiß Großmann Vogel Lindner Brandt Hölzl Kessler",
        "DE", 4, 9,
    ),
    (
        "Chloé Hugo Éléonore Mathis Anaïs Théo Zoé Gaël Maëlle Benoît Solène Loïc",
        "Lefèvre Dubois Moreau Besançon D’Aubigné Marchand Périer Giraud Rousseau Chevalier",
        "FR", 3, 11,
    ),
    (
        "Åsa Erik Linnéa Søren Ingrid Björk Mikkel Aino Jukka Freja Magnus Tuva",
        "Lindqvist Øvergaard Hansen Mäkinen Sjöström Halvorsen Ångström Jónsdóttir Nyström",
        "SE", 4, 5,
    ),
    (
        "Priya Arjun Meera Rohan Ananya Vikram Lakshmi Sanjay Nisha Dev Kavya Anil Sunita Rahul",
        "Raman Iyer Chatterjee Patel Krishnamurthy Singh Banerjee Nair Desai Mehta Kapoor Pillai",
        "GB", 7, 4,
    ),
    (
        "Chinedu Amara Tunde Ngozi Kwame Abena Femi Zainab Thabo Lerato Kofi Nia",
        "Okafor Adeyemi Mensah Nwosu Owusu Dlamini Eze Boateng Asante Balogun Diallo",
        "GB", 6, 5,
    ),
    (
        "Mei Wei Haruto Yuki Min-jun Seo-yeon Linh Duc Aiko Jian",
        "Chen Wáng Tanaka Kobayashi Kim Park Nguyễn Trần Ōta Liu",
        "US", 8, 3,
    ),
    (
        "Olena Dmytro Zofia Paweł Łucja Jiří Šárka Ștefan Ioana Aylin Emre Leila Omar Yasmin",
        "Kovalenko Wójcik Żak Novák Dvořák Popescu Yılmaz Öztürk Haddad Nasser Ben-Ami O’Brien",
        "GB", 4, 3,
    ),
]  # fmt: skip

PLACES = {
    "US": [
        ("Portland", "OR", "97201"),
        ("Beaverton", "OR", "97005"),
        ("Salem", "OR", "97301"),
        ("Vancouver", "WA", "98660"),
        ("Seattle", "WA", "98101"),
        ("Eugene", "OR", "97401"),
        ("Hood River", "OR", "97031"),
        ("Bend", "OR", "97701"),
    ],
    "PT": [
        ("Lisboa", "Lisboa", "1200-109"),
        ("Cascais", "Lisboa", "2750-310"),
        ("Sintra", "Lisboa", "2710-560"),
        ("Porto", "Porto", "4050-253"),
        ("Évora", "Évora", "7000-508"),
        ("Setúbal", "Setúbal", "2900-181"),
    ],
    "ES": [("Madrid", "Madrid", "28013"), ("Sevilla", "Andalucía", "41001"), ("Badajoz", "Extremadura", "06001")],
    "DE": [("Berlin", "Berlin", "10115"), ("München", "Bayern", "80331"), ("Köln", "Nordrhein-Westfalen", "50667")],
    "FR": [
        ("Paris", "Île-de-France", "75011"),
        ("Lyon", "Auvergne-Rhône-Alpes", "69002"),
        ("Biarritz", "Nouvelle-Aquitaine", "64200"),
    ],
    "SE": [
        ("Göteborg", "Västra Götaland", "411 03"),
        ("Malmö", "Skåne", "211 19"),
        ("Stockholm", "Stockholm", "111 29"),
    ],
    "GB": [("London", "England", "E1 6AN"), ("Bristol", "England", "BS1 4DJ"), ("Edinburgh", "Scotland", "EH1 1YZ")],
}
STREETS = {
    "US": ["Alder Street", "Birch Avenue", "Larkspur Lane", "Harbor View Drive", "Old Mill Road", "Juniper Court"],
    "PT": ["Rua das Flores", "Travessa do Poço", "Avenida da Liberdade", "Rua do Alecrim", "Largo da Fonte"],
    "ES": ["Calle Mayor", "Calle del Olmo", "Avenida del Puerto"],
    "DE": ["Lindenstraße", "Am Kanal", "Gartenweg"],
    "FR": ["Rue des Lilas", "Quai de la Rive", "Allée du Parc"],
    "SE": ["Björkgatan", "Hamnvägen", "Kyrkogatan"],
    "GB": ["Station Road", "Mill Lane", "Church Street"],
}
ZONES = {"US": "America/Los_Angeles", "PT": "Europe/Lisbon", "ES": "Europe/Madrid", "DE": "Europe/Berlin",
    "FR": "Europe/Paris", "SE": "Europe/Stockholm", "GB": "Europe/London"}  # fmt: skip

TRADES = ["Joinery", "Architects", "Interiors", "Property Group", "Roofing", "Tile & Stone", "Hotels", "Dental",
    "Bakery",
    "Coffee Roasters", "Law", "Physiotherapy", "Brewing", "Landscapes", "Electrical", "Realty", "Kitchens",
    "Books"]  # fmt: skip
HOUSES = ["Cedar", "Harbor", "Northwind", "Copperline", "Atlântico", "Saltmarsh", "Quinta Nova", "Blue Heron", "Larch",
    "Tejo", "Foxglove", "Granite", "Alfama", "Summit", "Driftwood", "Oliveira", "Stonebridge", "Maré"]  # fmt: skip
DESCRIPTIONS = [
    "Refers private clients about twice a year.",
    "Pays within a week. Wants one invoice a quarter.",
    "Small team, decides quickly; the owner signs everything.",
    "",
    "Three sites; ask which one before sending anybody.",
]
SOURCES = [
    "Website form",
    "Referral",
    "Instagram",
    "Home show",
    "Phone call",
    "Google search",
    "Architect",
    "Newsletter",
    "Walk-in",
]
TAGS = ["kitchen", "bathroom", "whole house", "loft", "garden room", "vip", "newsletter", "past client",
    "waiting for permit",
    "site visit done", "quote sent", "price sensitive", "architect", "supplier", "home show 2026",
    "do first"]  # fmt: skip

NOTES = [
    "<p>Called back. Wants to keep the <strong>original floor</strong> in the hall and is open to a lighter "
    "kitchen.</p>",
    "<p>Site visit went well. Ceiling is 2.41 m at the lowest beam; the chimney breast stays.</p>",
    "<p>Prefers messages in the evening. Two small children, so no work before nine.</p>",
    "<p>Sent the mood board. They like the second one, without the green.</p>",
    "<p>Budget is firm. Suggested doing the bathroom in spring and the rest later.</p>",
    "<p>Neighbour has to agree to the scaffolding. They will ask this week.</p>",
    "<p>Asked for three references; gave Hollis, Okafor and the café.</p>",
    "<p>Left a voicemail. Try again on Thursday after lunch.</p>",
    "<ul><li>Oak worktop, oiled</li><li>Brass taps</li><li>No wall cupboards on the window side</li></ul>",
    "<p>Permit office says four to six weeks. Told them eight, to be safe.</p>",
    "<p>Very happy with the handover. Will leave a review and sent us a cake.</p>",
    "<p>Thinking about selling instead. Stay in touch, no pressure.</p>",
]
NOTE_TITLES = ["", "", "", "First call", "Site visit", "After the quote", "Handover", "Preferences"]
TASKS = [
    ("Call back about the quote", "Ask which of the two layouts they want priced."),
    ("Send mood board", ""),
    ("Book the site visit", "Bring the moisture meter."),
    ("Chase the permit office", "Reference is in the last note."),
    ("Order tile samples", "Matte, not glossy."),
    ("Check measurements with the joiner", ""),
    ("Ask for a review", "Wait until the snag list is done."),
    ("Prepare the handover folder", "Warranties, paint codes, care sheet."),
    ("Confirm start date", ""),
    ("Send the second invoice", "Half of the remaining sum."),
    ("Thank them for the referral", "A card, not a mail."),
]
BRIEFS = [
    "Open the kitchen to the garden, keep the larder. Warm and plain, nothing shiny.",
    "One bathroom for four people. Needs a bath, a shower and somewhere to dry towels.",
    "A loft room for guests that is a study on the other days.",
    "Make the ground floor work for a wheelchair without looking like a clinic.",
    "Two flats into one house again, as it was before 1950.",
]
