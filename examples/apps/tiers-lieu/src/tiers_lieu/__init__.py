"""The web application of a network of places, on cantinekit: pages and forms only.

What may be done, what it costs and when it is are the library's to say. This application asks, shows the answers, and
carries out what people send.
"""
