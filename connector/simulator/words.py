"""What a believable shop is made of: names of things, people and places."""

from typing import Final

# (noun, product type, option names, option values, cheapest and dearest price, weight in kg)
THINGS: Final[list[tuple[str, str, tuple[str, ...], tuple[tuple[str, ...], ...], tuple[int, int], float]]] = [
    ("Linen Shirt", "Shirts", ("Size", "Colour"), (("S", "M", "L"), ("White", "Sand")), (29, 59), 0.24),
    ("Cotton Tee", "Shirts", ("Size",), (("S", "M", "L", "XL"),), (12, 25), 0.18),
    ("Rain Jacket", "Outerwear", ("Size",), (("S", "M", "L"),), (79, 149), 0.65),
    ("Straw Hat", "Accessories", ("Size",), (("M", "L"),), (25, 95), 0.12),
    ("Canvas Tote", "Bags", ("Colour",), (("Natural", "Indigo", "Olive"),), (15, 35), 0.3),
    ("Leather Wallet", "Accessories", ("Colour",), (("Black", "Cognac"),), (35, 80), 0.11),
    ("Ceramic Mug", "Kitchen", ("Glaze",), (("Blue", "Cream", "Moss"),), (9, 22), 0.38),
    ("Coffee Beans", "Coffee", ("Weight", "Grind"), (("250 g", "1 kg"), ("Whole", "Filter")), (11, 42), 0.5),
    ("Cacao Bar", "Sweets", ("Title",), (("Default Title",),), (4, 9), 0.08),
    ("Soy Candle", "Home", ("Scent",), (("Vetiver", "Guava", "Sea Salt"),), (14, 34), 0.42),
    ("Hammock", "Home", ("Colour",), (("Sunset", "Ocean"),), (49, 120), 1.9),
    ("Notebook", "Stationery", ("Title",), (("Default Title",),), (6, 18), 0.28),
    ("Beach Towel", "Home", ("Pattern",), (("Stripe", "Palm"),), (22, 48), 0.7),
    ("Sandals", "Shoes", ("Size",), (("37", "38", "40", "42"),), (32, 75), 0.55),
    ("Face Oil", "Care", ("Volume",), (("30 ml", "100 ml"),), (18, 64), 0.15),
    ("Gift Card Box", "Stationery", ("Title",), (("Default Title",),), (3, 8), 0.05),
]
ADJECTIVES: Final = [
    "Classic", "Daily", "Coastal", "Highland", "Slow", "Midnight", "Paper", "Wild", "Bright", "Quiet",
    "Harbour", "Cloud Forest", "Isthmus", "Old Town", "Canal", "Northern", "Little", "Grand",
]  # fmt: skip
# Text that breaks careless software: emoji of several code points, right-to-left, combining marks, quotes.
ODDITIES: Final = [
    "🌿", "👩🏽‍🌾 Edition", "قهوة بوكيتي", "חדש", "日本製", "Ñandú", "“Especial”", "Café", "50% <off> & more",
    "🇵🇦", "O'Higgins", "Łódź",
]  # fmt: skip
VENDORS: Final = ["Casa Marisol", "Boquete Roasters", "Taller Norte", "Pacífico & Co.", "Molas Unidas", "Sol"]
PRODUCT_TAGS: Final = [
    "new",
    "bestseller",
    "handmade",
    "organic",
    "gift",
    "summer",
    "sale",
    "local",
    "último",
]
CATEGORIES: Final = {
    "Shirts": "Apparel & Accessories > Clothing > Shirts & Tops",
    "Coffee": "Food, Beverages & Tobacco > Beverages > Coffee",
    "Bags": "Luggage & Bags > Shopping Totes",
}
COLLECTIONS: Final = [
    ("New Arrivals", None), ("Gifts under 25", None), ("Hecho a mano ✋", None), ("Staff Picks", None),
    ("Shirts", "Shirts"), ("Coffee", "Coffee"), ("For the Home", "Home"), ("عروض", None),
]  # fmt: skip

# (name, address1, address2, city, zip, province, province code, phone)
LOCATIONS: Final = [
    ("Casco Viejo", "Avenida A 12", "Local 3", "Panamá", "0843", "Panamá", "PA-8", "+5072280001"),
    ("Bodega Tocumen", "Vía Tocumen 480", None, "Panamá", "0830", "Panamá", "PA-8", "+5072280002"),
    ("Boquete", "Calle Central 7", None, "Boquete", "0413", "Chiriquí", "PA-4", None),
]
FIRST_NAMES: Final = [
    "Marisol", "Tomás", "Ana", "José", "Lucía", "Chen", "Amal", "Noor", "Yael", "Kofi", "Ingrid", "Søren",
    "Zoë", "Björn", "Renée", "Mohammed", "עדי", "ليلى", "美咲", "Ximena", "Bea", "Owen",
]  # fmt: skip
LAST_NAMES: Final = [
    "Quintero", "De la Cruz", "Núñez", "Li", "Haddad", "Cohen", "Mensah", "Larsen", "O'Brien", "Müller",
    "Castillo", "Rivera", "Arosemena", "Petit", "Smith", "Vega",
]  # fmt: skip
STREETS: Final = ["Calle 50", "Vía España", "Avenida Balboa", "Calle Uruguay", "Vía Argentina", "Calle 74"]
CITIES: Final = [("Panamá", "Panamá", "PA-8", "0801"), ("David", "Chiriquí", "PA-4", "0401"),
                 ("Colón", "Colón", "PA-3", "0301"), ("Santiago", "Veraguas", "PA-9", "0901")]  # fmt: skip
CUSTOMER_TAGS: Final = ["vip", "wholesale", "newsletter", "late-payer", "friend", "crew", "منتظم"]
ORDER_TAGS: Final = ["gift", "fragile", "express", "counter", "check address"]
NOTES: Final = [
    "Please ring twice 🔔", "Dejar con el conserje", "من فضلك اتصل قبل التسليم", "לא להשאיר בחוץ",
    "Birthday present, no invoice!", "Line one\nline two", "Leave at \"Bar 27\" \\ ask for Tomás",
]  # fmt: skip
REFUND_NOTES: Final = ["Too small", "Damaged in transit", "Customer changed their mind", "خطأ في اللون", ""]
