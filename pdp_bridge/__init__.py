"""pdp_bridge takes an issued invoice from Facturation.pro, states it in the words of EN 16931, writes it as Factur-X,
proves it valid, sends it once through Iopole, and brings its statuses home.
"""
