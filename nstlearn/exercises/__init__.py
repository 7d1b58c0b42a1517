"""The exercises of the course; course.py lists them.

asking.py says what an exercise is, properties.py and values.py help to judge an answer, and each of
the others holds a few exercises.
"""
