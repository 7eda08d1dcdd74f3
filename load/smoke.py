"""Does it hold at all: twenty-five requests a second for forty seconds, mixed so that each objective can be told.

A p95 takes 59 requests without a bad one, an availability of 99.5 % takes 598 (exact binomial bound, 95 %).
"""

from load.load_profile import CallName, Profile, Share, Stage, in_locust

PROFILE = Profile(
    "smoke",
    (Stage(25, 40),),
    mix=(
        Share(CallName.QUESTION, 0.54),
        Share(CallName.QUESTION_FRESH, 0.14),
        Share(CallName.QUESTION_EDGAR, 0.08),
        Share(CallName.HEALTH, 0.14),
        Share(CallName.READY, 0.10),
    ),
)

if in_locust():
    from load.locust_file import user_and_shape

    Customer, Schedule = user_and_shape(PROFILE)
