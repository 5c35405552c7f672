"""All of Dagster: assets, checks, jobs, schedules and sensors. A body is a call; the work is in the packages beside this one."""
