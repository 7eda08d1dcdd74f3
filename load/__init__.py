"""Response-time objectives under load: profiles that Locust runs, and the judge outside of it."""
