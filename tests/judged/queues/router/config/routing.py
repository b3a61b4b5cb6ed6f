import os


def route(name, args, kwargs, options, task=None, **kw):
    return {"queue": os.environ["QUEUE_PREFIX"] + name.partition(".")[0]}
