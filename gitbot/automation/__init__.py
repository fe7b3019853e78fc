"""The run: of one automation, top to bottom, a short function of named steps; and of all, one failing alone.

job (what to run) → survey (the marked files) → attempt (plan, render, commit, push) → run (skip, race, record) → fleet (all).
"""
