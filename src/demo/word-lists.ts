// Words for captions, paths and host names of the demo's metadata.

const split = (text: string): readonly string[] => text.trim().split(/\s+/);

/** Adjectives of product and photo captions. */
export const ADJECTIVES = split(`
vintage modern rustic red blue black white golden silver handmade antique large small round wooden metal abstract colorful elegant
classic beautiful old new portable organic fresh wild snowy sunny dark bright soft floral geometric industrial minimalist luxury cozy
waterproof leather cotton ceramic glass stainless tropical urban rural historic misty aerial panoramic striped hooded knitted
embroidered personalised adjustable foldable rechargeable wireless compact heavy-duty retro watercolor seamless`);

/** Nouns of product and photo captions. */
export const NOUNS = split(`
bicycle lighthouse kitchen sofa dress jacket sneaker watch necklace ring mountain waterfall beach sunset forest bridge castle garden
cat dog horse owl butterfly tiger elephant salmon recipe cake pizza salad coffee teapot mug bottle lamp chair table desk shelf cabinet
mirror rug curtain pillow blanket poster painting illustration logo template calendar planner notebook wallpaper banner icon map globe
guitar piano violin drum camera tripod laptop keyboard monitor headphones phone tablet charger cable drone robot engine truck tractor
motorcycle caravan sailboat airplane helicopter railway station skyline cathedral temple palace museum stadium market harbour village
cottage villa apartment bathroom staircase fireplace balcony window door roof fence gate fountain statue flower rose tulip orchid
sunflower lavender cactus maple pine mushroom berry apple lemon pumpkin tomato pepper basket backpack wallet scarf glove`);

/** Places, some of them not in ASCII. */
export const PLACES = split(`
Lisbon Prague Kyoto Oslo Marrakech Toronto Chicago Vienna Zürich Malmö Porto Seville Naples Athens Istanbul Tbilisi Hanoi Bangkok
Seoul Osaka Sydney Auckland Dublin Glasgow Leeds Bristol Bruges Utrecht Hamburg Köln Dresden Gdańsk Riga Tallinn Helsinki Bergen
Reykjavik Québec Montréal Denver Austin Portland Seattle Tucson Savannah Havana Bogotá Lima Cusco Santiago Valparaíso Montevideo
Nairobi Zanzibar Windhoek Tunis Cairo Petra Jaipur Varanasi Colombo Penang Manila`);

/** What shops call the thing that a picture shows. */
export const PRODUCTS = [
  ...["Canvas Print", "Stock Photo", "Throw Pillow", "T-Shirt", "Wall Clock", "Phone Case", "Royalty Free Image", "Shower Curtain"],
  ...["Greeting Card", "Framed Art", "Tote Bag", "Coffee Mug", "Vector Illustration", "Desktop Wallpaper", "Jigsaw Puzzle", "Sticker"],
  ...["Fine Art Print", "Kids Hoodie", "Beach Towel", "Area Rug", "Duvet Cover", "Postcard", "Wood Sign", "Metal Print"],
  ...["Photographic Print", "Gift Set of 4", "Yoga Mat", "Laptop Skin", "Spiral Notebook", "Apron", "Bath Mat", "Wall Mural"],
];

const SYLLABLES = split(`
ka ro vel min ta ra lo shi ber nor dan wick ston ford mar lin ten bra cor del fen gal har jen kel lam mon nes ol pen
quin ros sal tor ul van wes yar zel ash bur cal dre els fir gre hol ing jas kir lev mel nev os pra ren sil`);

/** Invented names of people, brands and hosts, without repetition. */
export const NAMES = [
  ...new Set(SYLLABLES.flatMap((first) => SYLLABLES.map((second) => `${first.charAt(0).toUpperCase()}${first.slice(1)}${second}`))),
];

/** Clauses that fill long captions. */
export const CLAUSES = [
  ...["available in four sizes and two finishes", "photographed early on a foggy morning", "ships within two working days"],
  ...["&quot;limited edition&quot; of 250 signed copies", "free delivery on orders over 50", "see the full gallery for more views"],
  ...["designed and printed by an independent artist", "with matching accessories sold separately", "isolated on a white background"],
  ...["seen from the old town square at dusk", "close-up with shallow depth of field", "machine washable & tumble dry low"],
  ...[
    "part 3 of our step by step tutorial",
    "suitable for indoor and outdoor use",
    "rated 4.8 out of 5 by 1,204 customers",
    "hi-res download",
  ],
];

/** Phrases in other scripts, including right-to-left ones. */
export const FOREIGN_PHRASES = [
  ...["красный велосипед", "старый маяк на берегу", "купить в Москве", "рецепт домашнего торта", "горный пейзаж", "обои на рабочий стол"],
  ...["東京の夜景", "京都の紅葉", "手作りケーキ", "木製テーブル", "可愛い猫の写真", "北海道の雪景色"],
  ...["故宫博物院", "复古台灯", "山水风景图片", "高清壁纸", "서울 야경", "겨울 코트", "제주도 바다"],
  ...["صورة جميلة", "غروب الشمس في القاهرة", "فستان سهرة", "תמונה יפה", "ירושלים העתיקה"],
  ...["Straße in der Altstadt", "Gemütliches Wohnzimmer", "château de la Loire", "robe d'été à fleurs", "niño en la playa", "maçã verde"],
  ...["ภาพวิวภูเขา", "हिमालय का दृश्य"],
];

/** Additions to a few captions: entities, emoji, quotes, tabs, bars, line ends. */
export const CAPTION_ENDINGS = [
  ...[
    "&amp; more",
    "&quot;New&quot;",
    "&#39;21",
    "🚲",
    "❤️🔥",
    "👩‍👩‍👧",
    '"sale"',
    "“best of 2019”",
    "\t12.50",
    "| eBay-like",
    "\nRead more",
    "...",
  ],
  ...["(c) 2017", "\\ n/a", "<b>hot</b>", "50% off; today, only"],
];

/** Folders of image paths. Numbers are put after them. */
export const FOLDERS = [
  ...["wp-content/uploads/2016/05", "images/products", "cache/catalog/product", "photos/large", "media/img", "s/files/1", "static/img"],
  ...[
    "i/originals",
    "uploads/gallery",
    "content/dam/assets",
    "wp-content/uploads/2019/11",
    "thumbs",
    "pictures/full",
    "img/listing",
    "is/image",
  ],
  ...[
    "_media/galleries",
    "files/styles/large/public",
    "images/I",
    "user_photos",
    "var/ezwebin_site/storage",
    "data/images",
    "f/pics",
    "p/photo",
  ],
  ...[
    "Images/Home,Garden",
    "image/$preset_zoom$",
    "a%2Cb/scaled",
    "fit,w,h",
    "bilder/straße",
    "写真",
    "fetch/http%3A%2F%2Forigin.example",
    "my pics",
    "a|b",
  ],
];

/** Endings of image file names, weighted by repetition. */
export const EXTENSIONS = [
  ...Array.from({ length: 20 }, () => ".jpg"),
  ...[".JPG", ".JPG", ".jpeg", ".jpeg", ".jpeg", ".png", ".png", ".webp", "", "", "", ".jpg&amp;a=1"],
];

/** First labels of host names, weighted by repetition. */
export const HOST_PREFIXES = [
  "www.",
  "www.",
  "www.",
  "",
  "",
  "images.",
  "cdn.",
  "static.",
  "img.",
  "media.",
  "i0.",
  "assets.",
  "photos.",
  "s1.",
  "m.",
  "blog.",
];

/** The most frequent hosts, most frequent first. They are reserved names, as all hosts here. */
export const TOP_HOSTS = [
  ...["i.pinhouse.example", "cdn.shoplane.example", "i0.press.example", "thumbs.stockbay.example", "images.auctions.example"],
  ...["img.blogpark.example", "render.artwall.example", "live.photostream.example"],
];
