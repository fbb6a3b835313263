"""Vietnamese text from before Unicode, and text that was read in the wrong encoding.

Order of the modules, each importing only those before it: ``syllables`` (which words are
Vietnamese), ``legacy_codecs`` (letters as bytes), ``word_standing`` (right, plausible,
impossible), ``utf8_reading``, ``text_repair``, ``legacy_text`` (the front door), ``mojibake``
(the text of a layer).
"""
