"""What the browser chat shows: answers and articles as escaped HTML, its style and its script.

Nothing here imports gradio; ``ui.py`` puts these parts on a page.
"""
