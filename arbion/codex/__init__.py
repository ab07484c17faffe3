"""The code assistant: a model reads files of one folder and proposes a diff; a person reads it and applies it or not.

Nothing here runs anything. The model may look at the folder that the operator names and at nothing else; what it
proposes is a text until a superadmin says yes, and then exactly what they read is written.
"""
