"""A server that says on stdout where it listens, and what its process has used whenever a line comes on stdin."""

import json
import os
import resource
import sys
import threading

import uvicorn
from fastapi import BackgroundTasks, FastAPI
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.responses import JSONResponse
from starlette.routing import Route

calls = 0


def count_call():
    global calls
    calls += 1


async def count_call_async():
    count_call()


WORK = {"none": None, "async": count_call_async, "sync": count_call}


def starlette_application(work):
    async def hello(request):
        return JSONResponse({"hello": "world"}, background=BackgroundTask(work) if work else None)

    return Starlette(routes=[Route("/", hello)])


def fastapi_application(work):
    application = FastAPI()

    if work is None:

        @application.get("/")
        async def hello():
            return {"hello": "world"}

    else:

        @application.get("/")
        async def hello_and_work(tasks: BackgroundTasks):
            tasks.add_task(work)
            return {"hello": "world"}

    return application


APPLICATIONS = {"starlette": starlette_application, "fastapi": fastapi_application}


def say(message):
    print(json.dumps(message), flush=True)


def answer():
    for _ in sys.stdin:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        say({"cpu": round((usage.ru_utime + usage.ru_stime) * 1_000_000), "calls": calls})
    os._exit(0)


class Server(uvicorn.Server):
    async def startup(self, sockets=None):
        await super().startup(sockets=sockets)
        threading.Thread(target=answer, daemon=True).start()
        say({"port": self.servers[0].sockets[0].getsockname()[1], "routes": {"/": 0 if case == "none" else 1}})


framework, case = sys.argv[1:]
configuration = uvicorn.Config(APPLICATIONS[framework](WORK[case]), port=0, log_level="warning", access_log=False)
Server(configuration).run()
