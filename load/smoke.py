"""Is it worth while to measure at all: a low rate, half a minute."""

from load.load_profile import Profile, Stage, in_locust

PROFILE = Profile("smoke", (Stage(20, 30),))

if in_locust():
    from load.locust_file import user_and_shape

    Customer, Schedule = user_and_shape(PROFILE)
