"""What is shown with ipywidgets: the playground, and the explorers of the lessons.

The only folder that imports ipywidgets; 7.7 (Colab) and 8.1 both work.
"""
