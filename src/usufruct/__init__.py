"""Usufruct answers "may I use this?" of generative-AI models and of everything made with them.

Point it at a picture, a model or a folder and say what you intend. It finds every model that took part and each one's
license as it really reads, and answers, quoting the clause, naming the duties and keeping the proof.
"""

__version__ = "0.1.0"
