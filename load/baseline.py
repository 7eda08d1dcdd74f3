"""Everyday load: fifty requests a second."""

from load.load_profile import Profile, Stage, in_locust

PROFILE = Profile("baseline", (Stage(50, 120),))

if in_locust():
    from load.locust_file import user_and_shape

    Customer, Schedule = user_and_shape(PROFILE)
