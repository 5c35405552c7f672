"""From a plan to what may be sent: the warehouse's `act_*` rows become commands, policy and people decide on them.

act_* -> rows -> policy, brake -> planner -> operations store -> outbox
"""
