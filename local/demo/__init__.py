"""`make demo`: plays a short, real story on the whole bridge and checks every step of it."""
