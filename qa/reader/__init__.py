"""Dateline's own trained reader: which passage answers, with which words, and whether any does."""

from __future__ import annotations

from qa.reader.judge import Finding, Judgement
from qa.reader.read import Reader, Reading, SentenceSpan, short_answer

__all__ = ["Finding", "Judgement", "Reader", "Reading", "SentenceSpan", "short_answer"]
