"""Nouns that name a happening: what something can be before or after.

English marks few of them by an ending: "strike" and "vote" look like "court" and "state". So they
stand in a table by matters, as `qa.related_words` has them. A compound is what its last part is
("by-election").
"""

from __future__ import annotations

import functools

_HAPPENINGS = """
    war invasion incursion attack assault strike airstrike raid offensive counteroffensive
    bombing bombardment
    blast explosion shelling shooting shootout gunfight ambush massacre killing slaying murder
    assassination execution hanging beheading stabbing lynching siege battle clash fighting
    fight
    conflict skirmish occupation annexation conquest liberation intifada crusade
    coup putsch mutiny uprising revolution revolt rebellion insurrection riot rioting unrest
    pogrom
    crackdown ceasefire cease-fire truce armistice surrender capitulation withdrawal pullout
    pullback
    retreat evacuation airlift deployment mobilisation mobilization partition secession
    unification
    reunification independence blockade embargo
    hijacking kidnapping abduction standoff sabotage
    arrest detention trial retrial hearing verdict ruling judgment judgement sentencing
    conviction
    acquittal indictment arraignment deposition testimony lawsuit settlement inquest extradition
    deportation expulsion release pardon search escape jailbreak manhunt
    theft robbery heist burglary break-in fraud scandal leak hack hacking breach cyberattack
    election runoff run-off primary midterm referendum plebiscite vote ballot poll recount
    census
    inauguration swearing-in investiture coronation abdication enthronement resignation ouster
    impeachment appointment nomination confirmation dismissal firing sacking reshuffle shutdown
    takeover overthrow handover accession dissolution adoption enactment repeal ratification
    debate summit meeting talks negotiation conference convention briefing decision ban
    visit trip tour pilgrimage speech address announcement declaration proclamation
    signing agreement accord treaty pact deal
    merger acquisition sale auction flotation launch relaunch opening reopening closure closing
    unveiling founding restart cancellation suspension bankruptcy insolvency bailout devaluation
    default layoff recall overturning
    walkout stoppage lockout boycott protest demonstration rally march sit-in parade procession
    earthquake quake tremor aftershock tsunami flood flooding storm snowstorm thunderstorm
    sandstorm
    hurricane typhoon cyclone tornado blizzard wildfire fire blaze eruption landfall landslide
    mudslide
    avalanche drought famine heatwave downpour monsoon thaw
    outbreak pandemic epidemic plague quarantine lockdown vaccination
    crash collision derailment accident disaster tragedy catastrophe sinking shipwreck capsizing
    collapse outage blackout spill meltdown stampede crush malfunction failure incident attempt
    rescue discovery sighting invention demolition
    death suicide funeral burial cremation wedding marriage engagement divorce birth
    baptism christening breakup separation retirement departure arrival disappearance defection
    transplant surgery diagnosis
    final semifinal semi-final quarterfinal quarter-final match rematch game race tournament
    championship playoff derby bout ceremony concert festival premiere pageant broadcast
    interview
    performance screening prix marathon olympics bowl
    crisis recession downturn slump selloff sell-off hyperinflation
    landing liftoff lift-off splashdown eclipse solstice spacewalk flight docking impact
    anniversary jubilee celebration holiday reception banquet vigil
    defeat victory win loss upset relegation rampage
    split rift dispute row quarrel altercation confrontation encounter
    apology confession revelation disclosure publication
    """


@functools.cache
def _nouns() -> frozenset[str]:
    return frozenset(_HAPPENINGS.split())


def is_event_noun(word: str) -> bool:
    """Whether a noun, in the singular or the plural, names a happening.

    Examples
    --------
    >>> is_event_noun("strikes"), is_event_noun("by-election"), is_event_noun("court")
    (True, True, False)
    """
    nouns = _nouns()
    return any(
        noun in nouns or noun.rpartition("-")[2] in nouns for noun in _singulars(word.lower())
    )


def _singulars(noun: str) -> tuple[str, ...]:
    if noun.endswith("ies"):
        return noun, f"{noun[:-3]}y"
    if noun.endswith(("ches", "shes", "sses", "xes")):
        return noun, noun[:-2]
    return (noun, noun[:-1]) if noun.endswith("s") and not noun.endswith("ss") else (noun,)
