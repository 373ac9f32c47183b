# Three images: `dashboard` (the page and its API), `worker` (pipeline and baseline), `mlflow` (the tracking server).
#   docker build --target dashboard -t batch-zero-dashboard .
ARG PYTHON_IMAGE=python:3.12-slim-bookworm@sha256:782412e85d0f0984994c290652577d4018aff08145c85b262bb63dc0c7522254

# uv, its downloads and the locks stay in the builder stages; what they install is copied out of them.
FROM ${PYTHON_IMAGE} AS builder
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_NO_CACHE=1 UV_PYTHON_DOWNLOADS=never
COPY requirements/uv.txt /uv.txt
RUN pip install --no-cache-dir --require-hashes -r /uv.txt && uv venv --python /usr/local/bin/python /opt/venv

FROM builder AS dashboard-packages
COPY requirements/dashboard.txt /requirements.txt
RUN uv pip install --python /opt/venv/bin/python --require-hashes -r /requirements.txt

# The files that .dockerignore lets in, readable whatever the umask of the checkout was, and compiled, because the root
# file system of a running container is read-only.
FROM ${PYTHON_IMAGE} AS source
WORKDIR /app
COPY . .
RUN chmod -R a+rX,go-w . && python -m compileall -q .

FROM ${PYTHON_IMAGE} AS base
# The last two: an MLflow server before S3 would otherwise send its clients to S3, by an address that is the server's own.
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp \
    BATCH_ZERO_HOME=/var/lib/batch-zero \
    MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD=false \
    MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD=false
RUN useradd --uid 10001 --user-group --no-log-init --no-create-home --home-dir /tmp --shell /usr/sbin/nologin batch-zero \
    && install -d -o batch-zero -g batch-zero /var/lib/batch-zero
WORKDIR /app
USER 10001:10001

FROM base AS dashboard
COPY --from=dashboard-packages /opt/venv /opt/venv
COPY --from=source /app /app
EXPOSE 8501
# Its welcome message would ask a server on the internet for this machine's address first.
ENV STREAMLIT_LOGGER_HIDE_WELCOME_MESSAGE=true
# There with and without --server.baseUrlPath, and under any host name.
HEALTHCHECK --interval=5s --timeout=4s --start-period=30s --retries=3 CMD ["python", "-IS", "-c", \
    "import http.client as h; c = h.HTTPConnection('127.0.0.1', 8501, timeout=3); c.request('GET', '/healthz'); assert c.getresponse().status == 200"]
CMD ["streamlit", "run", "server.py", "--server.port", "8501", "--server.address", "0.0.0.0"]

FROM builder AS worker-packages
COPY requirements/worker.txt /requirements.txt
RUN uv pip install --python /opt/venv/bin/python --require-hashes -r /requirements.txt

FROM base AS worker
COPY --from=worker-packages /opt/venv /opt/venv
COPY --from=source /app /app
# Says what there is to run, and ends.
CMD ["python", "-m", "pipeline", "--help"]

FROM builder AS mlflow-packages
COPY requirements/mlflow.txt /requirements.txt
RUN uv pip install --python /opt/venv/bin/python --require-hashes -r /requirements.txt

# Never set PYTHONDONTWRITEBYTECODE here: without mlflow[auth] the server looks for it in every search, and would compile
# that module each time.
FROM base AS mlflow
COPY --from=mlflow-packages /opt/venv /opt/venv
EXPOSE 5000
HEALTHCHECK --interval=5s --timeout=4s --start-period=90s --retries=3 CMD ["python", "-IS", "-c", \
    "import http.client as h; c = h.HTTPConnection('127.0.0.1', 5000, timeout=3); c.request('GET', '/health'); assert c.getresponse().status == 200"]
# One process instead of four, and no job runner: 0.4 GB instead of 1.8.
ENV MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false
CMD ["mlflow", "server", "--host", "0.0.0.0", "--port", "5000", "--workers", "1"]
