"""The simulated company: one seeded world, a clock, planted breaks, and a server that speaks as every platform.

world -> each platform's emulator <- HTTP.  Production code never imports this: only base URLs and credentials differ.
"""
