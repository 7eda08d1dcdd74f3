"""A steady load through a drill: it may last as long as a drill may, and ends soon after the drill's steps.

Thirty requests a second leave a FinChat with half a processor well: on a bench a question's p99 was 15 ms, and no worse
at 40/s. So what users feel is the fault and not the load. Whoever runs this by hand ends it with Ctrl-C.
"""

from load.load_profile import CallName, Profile, Share, Stage, in_locust

MIX = (Share(CallName.QUESTION, 0.88), Share(CallName.QUESTION_FRESH, 0.12))
"""People only: before the fault and after it there is half a minute each, in which rarer calls prove nothing."""

PROFILE = Profile("recovery", (Stage(30, 900),), mix=MIX, stops_early=False)

if in_locust():
    from load.locust_file import user_and_shape

    Customer, Schedule = user_and_shape(PROFILE)
