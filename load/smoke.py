"""Does it hold at all: twenty-five requests a second for forty seconds, mixed so that each objective can be told.

Without /health: 50 ms are not to be judged beside the service that is measured, on a machine that does other things
too. A p95 takes 59 requests without a bad one, an availability of 99.5 % takes 598 (exact binomial bound, 95 %).
"""

from load.load_profile import CallName, Profile, Share, Stage, in_locust

PROFILE = Profile(
    "smoke",
    (Stage(25, 40),),
    mix=(
        Share(CallName.QUESTION, 0.60),
        Share(CallName.QUESTION_FRESH, 0.16),
        Share(CallName.QUESTION_EDGAR, 0.08),
        Share(CallName.READY, 0.16),
    ),
)

if in_locust():
    from load.locust_file import user_and_shape

    Customer, Schedule = user_and_shape(PROFILE)
