"""Schedules in the frameworks that train: one room for each, none imports another."""
