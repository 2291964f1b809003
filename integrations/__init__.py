"""What is synchronised: the vocabulary of declarations, the declared integrations, and the clients of
both systems.
"""
