"""Other names of countries: ISO 3166's two letters, what their people call them, and what else people write."""

# ISO 3166-1 alpha-2 -> alpha-3, the code that `COUNTRIES` has
TWO_LETTERS = dict(
    pair.split(":")
    for pair in (
        "AR:ARG AU:AUS AT:AUT BE:BEL BR:BRA BG:BGR CA:CAN CL:CHL CN:CHN CO:COL HR:HRV CY:CYP CZ:CZE DK:DNK EG:EGY "
        "EE:EST FI:FIN FR:FRA DE:DEU GR:GRC HK:HKG HU:HUN IS:ISL IN:IND ID:IDN IR:IRN IE:IRL IL:ISR IT:ITA JP:JPN "
        "KZ:KAZ KE:KEN LV:LVA LT:LTU LU:LUX MY:MYS MT:MLT MX:MEX MA:MAR NL:NLD NZ:NZL NG:NGA NO:NOR PK:PAK PE:PER "
        "PH:PHL PL:POL PT:PRT RO:ROU RU:RUS SA:SAU RS:SRB SG:SGP SK:SVK SI:SVN ZA:ZAF KR:KOR ES:ESP SE:SWE CH:CHE "
        "TW:TWN TH:THA TR:TUR UA:UKR AE:ARE GB:GBR US:USA VN:VNM"
    ).split()
)
NATIVE = {
    "AUT": ("österreich", "oesterreich"),
    "BEL": ("belgië", "belgique", "belgien"),
    "BGR": ("balgaria",),
    "BRA": ("brasil", "brasilien"),
    "CHE": ("schweiz", "suisse", "svizzera"),
    "CHN": ("zhongguo", "prc"),
    "CZE": ("česko", "tschechien"),
    "DEU": ("deutschland", "allemagne", "alemania"),
    "DNK": ("danmark",),
    "ESP": ("españa", "espana", "spanien", "espagne"),
    "EST": ("eesti",),
    "FIN": ("suomi",),
    "FRA": ("frankreich", "francia"),
    "GBR": ("britain", "great britain", "scotland", "wales"),
    "GRC": ("hellas", "ellada"),
    "HRV": ("hrvatska",),
    "HUN": ("magyarország",),
    "IND": ("bharat",),
    "IRL": ("éire",),
    "ISL": ("ísland",),
    "ITA": ("italia", "italien", "italie"),
    "JPN": ("nippon", "nihon"),
    "KOR": ("hanguk", "republic of korea"),
    "LTU": ("lietuva",),
    "LVA": ("latvija",),
    "MAR": ("maroc",),
    "MEX": ("méxico",),
    "NLD": ("nederland", "the netherlands"),
    "NOR": ("norge", "noreg"),
    "NZL": ("aotearoa",),
    "POL": ("polska",),
    "PRT": ("portugal",),
    "ROU": ("românia",),
    "RUS": ("rossiya", "russian federation"),
    "SRB": ("srbija",),
    "SVK": ("slovensko",),
    "SVN": ("slovenija",),
    "SWE": ("sverige", "schweden"),
    "UKR": ("ukraina",),
    "USA": ("u.s.a.", "united states of america", "estados unidos"),
}
