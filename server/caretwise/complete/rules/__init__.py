"""The rules that turn a model's raw answer into ghost text.

One rule, one module, and the module's name is the rule's. Each rule is pure, can be applied twice without harm, takes
time in proportion to the text, and raises for no input. `complete/recipe.py` says which are applied, and when.
Modules that begin with an underscore hold what several rules share.
"""
