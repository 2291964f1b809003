"""Workers killed, frozen and doubled at every point; afterwards one target document per source record."""
