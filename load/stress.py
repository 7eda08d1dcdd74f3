"""Where the service gives way: the rate grows, a third at a time, until well past what is asked of it every day."""

from load.load_profile import Profile, Stage, in_locust

RATES_PER_S = (20, 30, 40, 50, 65, 85, 110, 145, 190, 250, 300)

PROFILE = Profile("stress", tuple(Stage(rate, 10) for rate in RATES_PER_S), stops_early=False, judged_by=("knee",))

if in_locust():
    from load.locust_file import user_and_shape

    Customer, Schedule = user_and_shape(PROFILE)
