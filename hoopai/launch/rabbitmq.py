"""RabbitMQ as Debian packages it, on loopback ports of its own, for the smoke run. No service manager is needed."""

from pathlib import Path

from kombu.connection import Connection
from kombu.exceptions import OperationalError

from hoopai.launch import ports
from hoopai.launch.child import Child
from hoopai.launch.server import Server
from hoopai.launch.steps import Problem

HOME = Path("/usr/lib/rabbitmq/lib")


def program() -> Path:
    """The server itself; the one on the PATH insists on its own user. Raises Problem where it is not installed."""
    found = sorted(HOME.glob("rabbitmq_server-*/sbin/rabbitmq-server"))
    if not found:
        raise Problem("RabbitMQ is not installed.", "apt-get install rabbitmq-server")
    return found[-1]


class Mapper(Server):
    """Erlang's port mapper. RabbitMQ would start one that outlives it; with this one running it does not."""

    def __init__(self, folder: Path, port: int) -> None:
        super().__init__("epmd", folder / "epmd.log")
        self.folder, self.port = folder, port

    def make_child(self) -> Child:
        return Child(
            name=self.name,
            command=["epmd", "-address", "127.0.0.1", "-port", str(self.port)],
            environment={"PATH": "/usr/bin:/bin"},
            log=self.log,
            folder=self.folder,
        )


class RabbitMQ(Server):
    start_patience = 90.0

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700)
        super().__init__("RabbitMQ", folder / "rabbitmq.log")
        self.folder, self.port = folder, ports.pick()
        self.mapper = Mapper(folder, ports.pick({self.port}))

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}//"

    def start(self) -> None:
        self.mapper.start()
        super().start()

    def stop(self, *hurry: object) -> None:
        super().stop()
        self.mapper.stop()

    def make_child(self) -> Child:
        (self.folder / "rabbitmq.conf").write_text("loopback_users.guest = true\n")
        (self.folder / "plugins").write_text("[].\n")
        return Child(
            name=self.name,
            command=[str(program())],
            environment={
                "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
                "HOME": str(self.folder),
                "LC_ALL": "C.UTF-8",
                "RABBITMQ_NODENAME": "hoopai@localhost",
                "RABBITMQ_MNESIA_BASE": str(self.folder / "data"),
                "RABBITMQ_LOG_BASE": str(self.folder / "log"),
                "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
                "RABBITMQ_FEATURE_FLAGS_FILE": str(self.folder / "flags"),
                "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq.conf"),
                "RABBITMQ_CONF_ENV_FILE": str(self.folder / "none"),
                "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
                "RABBITMQ_NODE_PORT": str(self.port),
                "RABBITMQ_DIST_PORT": str(ports.pick({self.port, self.mapper.port})),
                "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
                "ERL_EPMD_ADDRESS": "127.0.0.1",
                "ERL_EPMD_PORT": str(self.mapper.port),
            },
            log=self.log,
            folder=self.folder,
        )

    def is_ready(self) -> bool:
        if ports.is_free(self.port):
            return False
        try:
            with Connection(self.url, connect_timeout=2) as broker:
                broker.connect()
        except (OSError, OperationalError):
            return False
        return True
