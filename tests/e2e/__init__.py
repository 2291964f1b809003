"""The journeys people make, in a browser, with a real worker behind the portal."""
