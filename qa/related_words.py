"""Words that tell of the same matter in news, though they share no stem.

"Who succeeded Soleimani?" is told by "Qaani … his predecessor, Soleimani"; "what caused the
blackout?" by "a transformer overheated, cutting power". Counted evidence compares words, so it
must know the commonest of these: synonyms, an act and its outcome, and converses, which tell one
event from its two sides. One line is one matter; a word may stand in several, and being related
does not pass on from line to line.
"""

from __future__ import annotations

import functools
from collections import defaultdict

from qa.words import stem

_MATTERS = """
    succeed successor predecessor replace replacement heir
    kill killing death dead die slay slain assassinate assassination murder lethal fatal perish
    murder homicide manslaughter killing
    injure injury wound hurt maim
    casualty toll dead death killed injured wounded victim
    attack strike raid assault bombing offensive
    bomb bombing explosion explode blast detonate
    shoot shooting gunfire gunman open fire
    war conflict fighting hostilities battle combat
    ceasefire truce armistice
    peace reconciliation settlement
    invade invasion incursion occupy occupation
    soldier troop force serviceman
    weapon arms weaponry armament
    missile rocket projectile
    drone unmanned uav
    avenge revenge vengeance retaliate retaliation reprisal
    threaten threat menace warn warning
    vow pledge promise swear undertake commit commitment
    say tell state declare announce announcement statement remark comment
    claim allege allegation assert assertion contend
    speak say spokesman spokeswoman spokesperson
    deny denial reject dismiss refute
    admit admission acknowledge concede confess confession
    accuse accusation allege blame
    charge indict indictment prosecute prosecution
    arrest detain detention custody apprehend capture
    jail prison imprison imprisonment incarcerate sentence
    convict conviction guilty verdict
    acquit acquittal exonerate clear
    sue lawsuit litigation plaintiff suit
    trial court hearing tribunal
    judge justice magistrate
    lawyer attorney counsel solicitor barrister
    law legislation bill act statute
    ban prohibit prohibition outlaw forbid bar
    allow permit authorize authorise legalize legalise approve
    approve approval endorse endorsement ratify back
    support back backing endorse aid
    oppose opposition reject resist
    criticize criticise criticism condemn condemnation denounce slam blast
    praise laud commend hail applaud
    urge call appeal ask request demand plea
    refuse refusal decline reject
    agree agreement deal accord pact treaty
    negotiate negotiation talk
    meet meeting talk summit visit discuss
    discuss discussion talk conversation
    visit trip travel tour arrive
    resign resignation quit step stepping depart departure
    fire sack dismiss dismissal oust ouster layoff redundant
    hire recruit employ employment appoint
    appoint appointment name nominate nomination pick select tap
    elect election vote poll ballot
    win winner victory triumph defeat beat
    lose loss defeat beaten
    lead leader head chief command commander
    lead head run
    president presidency
    found founder establish create start launch set
    launch start begin unveil release introduce
    fire launch shoot lob
    begin start commence open
    end finish conclude close stop
    stop halt cease suspend
    postpone delay defer reschedule put
    cancel call scrap abandon
    resume restart reopen
    build construct construction erect
    destroy destruction demolish ruin level
    damage harm ravage
    collapse fall crumble topple
    crash collision collide accident wreck
    fire blaze burn inferno flame
    flood flooding deluge inundate
    storm hurricane typhoon cyclone tempest
    earthquake quake tremor seismic
    evacuate evacuation flee displaced
    refugee displaced migrant asylum
    rescue save
    help aid assist assistance relief
    give provide supply deliver send donate
    receive get obtain accept
    buy purchase acquire acquisition takeover
    sell sale seller buyer
    merge merger takeover
    own owner belong possess
    pay payment cost price spend
    cost price worth expense
    earn income salary wage profit
    profit earnings gain
    lend loan borrow debt
    fine penalty punish punishment
    tax levy duty tariff
    sanction embargo penalty
    trade export import commerce
    rise increase grow growth climb surge soar jump higher
    fall drop decrease decline plunge plummet lower slump
    reduce reduction cut slash lower
    raise increase hike lift
    expand expansion enlarge grow
    cause trigger spark result prompt because
    reason because cause due
    result consequence outcome effect
    discover discovery find uncover detect
    invent inventor invention devise
    research study investigation survey
    investigate investigation probe inquiry
    report account
    publish publication release issue
    write author written book
    film movie picture
    star actor actress
    direct director film
    sing singer song perform
    music song album
    win award prize honor honour receive
    record best highest most
    marry marriage wed wedding wife husband spouse
    divorce separate split
    born birth bear
    father mother parent son daughter child
    child kid boy girl youngster
    husband wife spouse
    brother sister sibling
    live reside resident home
    teach teacher taught pupil student educate
    learn study student
    school university college
    doctor physician surgeon medic
    nurse doctor hospital
    disease illness sickness infection
    infect infection virus contract
    vaccine vaccination jab shot inoculate
    cure treat treatment therapy heal
    hospital clinic
    pregnant pregnancy
    drug medicine medication
    protest demonstration demonstrate rally march demonstrator protester
    strike walkout stoppage
    riot unrest clash violence
    coup overthrow topple oust
    rebel insurgent militant guerrilla
    terrorist terrorism militant extremist
    hostage kidnap abduct captive captor
    spy espionage intelligence
    hack hacker breach cyber cyberattack
    steal theft thief rob robbery
    smuggle smuggler traffic
    corruption bribe bribery graft
    police officer cop
    suspect accused defendant
    victim casualty
    flee escape run
    missing disappear vanish
    search hunt look
    border frontier
    nuclear atomic
    ship vessel boat
    plane aircraft airplane jet
    car vehicle automobile
    train railway rail
    airline carrier flight
    company firm corporation business
    boss chief executive head
    worker employee staff
    job work employment post position
    fund funding
    money cash
    country nation state
    capital city
    government administration cabinet
    parliament lawmaker legislature
    minister secretary
    king queen monarch royal crown throne
    pope pontiff vatican
    church religious faith
    team club side squad
    coach manager trainer
    match game fixture
    player athlete
    champion title championship trophy
    score goal point
    beat defeat overcome
    race run runner
    animal creature
    food eat meal
    drink beverage
    weather temperature heat
    pollution pollute contaminate emission
    energy power electricity
    blackout outage power electricity
    oil petroleum crude fuel
    gas petrol gasoline fuel
    spacecraft probe rocket satellite
    moon lunar
    internet online web
    phone telephone
    television tv broadcast
    newspaper paper journalist reporter
    """

# A country and its people or its adjective: "fired at Israel", "fired at Israeli cities".
_COUNTRIES = """
    Afghanistan Afghan; Albania Albanian; Algeria Algerian; America American US; Argentina
    Argentine Argentinian; Armenia Armenian; Australia Australian; Austria Austrian; Azerbaijan
    Azerbaijani Azeri; Bahrain Bahraini; Bangladesh Bangladeshi; Belarus Belarusian; Belgium
    Belgian; Bolivia Bolivian; Bosnia Bosnian; Brazil Brazilian; Britain British Briton UK;
    Bulgaria Bulgarian; Cambodia Cambodian; Cameroon Cameroonian; Canada Canadian; Chad Chadian;
    Chile Chilean; China Chinese; Colombia Colombian; Congo Congolese; Croatia Croatian Croat;
    Cuba Cuban; Cyprus Cypriot; Czechia Czech; Denmark Danish Dane; Ecuador Ecuadorian; Egypt
    Egyptian; England English; Eritrea Eritrean; Estonia Estonian; Ethiopia Ethiopian; Europe
    European EU; Finland Finnish Finn; France French; Georgia Georgian; Germany German; Ghana
    Ghanaian; Greece Greek; Guatemala Guatemalan; Haiti Haitian; Hungary Hungarian; Iceland
    Icelandic; India Indian; Indonesia Indonesian; Iran Iranian; Iraq Iraqi; Ireland Irish; Israel
    Israeli; Italy Italian; Jamaica Jamaican; Japan Japanese; Jordan Jordanian; Kazakhstan Kazakh;
    Kenya Kenyan; Korea Korean; Kosovo Kosovar; Kuwait Kuwaiti; Laos Laotian; Latvia Latvian;
    Lebanon Lebanese; Liberia Liberian; Libya Libyan; Lithuania Lithuanian; Malaysia Malaysian;
    Mali Malian; Malta Maltese; Mexico Mexican; Moldova Moldovan; Mongolia Mongolian; Morocco
    Moroccan; Myanmar Burmese Burma; Nepal Nepali Nepalese; Netherlands Dutch; Nicaragua
    Nicaraguan; Niger Nigerien; Nigeria Nigerian; Norway Norwegian; Oman Omani; Pakistan Pakistani;
    Palestine Palestinian; Panama Panamanian; Paraguay Paraguayan; Peru Peruvian; Philippines
    Philippine Filipino; Poland Polish Pole; Portugal Portuguese; Qatar Qatari; Romania Romanian;
    Russia Russian; Rwanda Rwandan; Saudi Saudis; Scotland Scottish Scot; Senegal Senegalese; Serbia
    Serbian Serb; Singapore Singaporean; Slovakia Slovak; Slovenia Slovenian; Somalia Somali; Spain
    Spanish Spaniard; Sudan Sudanese; Sweden Swedish Swede; Switzerland Swiss; Syria Syrian; Taiwan
    Taiwanese; Tajikistan Tajik; Tanzania Tanzanian; Thailand Thai; Tunisia Tunisian; Turkey
    Turkish Turk Turkiye; Uganda Ugandan; Ukraine Ukrainian; Uruguay Uruguayan; Uzbekistan Uzbek;
    Venezuela Venezuelan; Vietnam Vietnamese; Wales Welsh; Yemen Yemeni; Zambia Zambian; Zimbabwe
    Zimbabwean; Africa African; Asia Asian
    """


@functools.cache
def _countries() -> dict[str, frozenset[str]]:
    lines = [{stem(name) for name in line.split()} for line in _COUNTRIES.split(";")]
    return {key: frozenset(keys) for keys in lines for key in keys}


def same_country(key: str) -> frozenset[str]:
    """The keys of all names of a country, by the key of one: itself, its people, its adjective.

    >>> stem("Israeli") in same_country(stem("Israel"))
    True
    """
    return _countries().get(key, frozenset())


@functools.cache
def _relations() -> dict[str, frozenset[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for line in _MATTERS.strip().splitlines():
        keys = [stem(word) for word in line.split()]
        for key in keys:
            found[key].update(keys)
    return {key: frozenset(others - {key}) for key, others in found.items()}


def related_keys(key: str) -> frozenset[str]:
    """The keys of words that tell of the same matter as a word, given by its key.

    >>> stem("predecessor") in related_keys(stem("succeeded"))
    True
    """
    return _relations().get(key, frozenset())
