"""Half an hour of an easy rate: what leaks or fills up shows as a drift of the latency."""

from load.load_profile import Profile, Stage, in_locust

PROFILE = Profile("soak", (Stage(20, 1800),), judged_by=("objectives", "drift"))

if in_locust():
    from load.locust_file import user_and_shape

    Customer, Schedule = user_and_shape(PROFILE)
