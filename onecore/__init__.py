"""The project: settings, addresses, start-up checks. Nothing here knows what a bill is."""
