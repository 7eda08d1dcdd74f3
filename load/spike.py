"""Five times as many at once, for twenty seconds: how long until the service is itself again."""

from load.load_profile import Profile, Stage, in_locust

PROFILE = Profile(
    "spike",
    (Stage(20, 30), Stage(100, 20, "spike"), Stage(20, 60, "after the spike")),
    stops_early=False,
    judged_by=("settles",),
)

if in_locust():
    from load.locust_file import user_and_shape

    Customer, Schedule = user_and_shape(PROFILE)
