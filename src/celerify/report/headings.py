"""The checklist's headings, by the number they stand under."""

from __future__ import annotations

PHASES = {
    "1": "Installation and Setup",
    "2": "Task Development",
    "3": "Periodic Tasks (Celery Beat)",
    "4": "Testing",
    "5": "Monitoring Setup",
    "6": "Production Deployment",
    "7": "Verification Checklist",
}

SECTIONS = {
    "1.1": "Install Dependencies",
    "1.2": "Django Settings",
    "1.3": "Create Celery App",
    "1.4": "Update __init__.py",
    "1.5": "Run Migrations",
    "2.1": "Create First Task",
    "2.2": "Configure Task Routing (Optional)",
    "2.3": "Call Tasks from Views",
    "3.1": "Define Periodic Tasks in Code",
    "3.2": "Define Periodic Tasks via Admin",
    "3.3": "Programmatic Schedule Management",
    "4.1": "Unit Tests with Mocking",
    "4.2": "Integration Tests with Fixtures",
    "4.3": "Test Task Retries",
    "5.1": "Flower Dashboard",
    "5.2": "Prometheus Metrics",
    "5.3": "Logging Configuration",
    "6.1": "Worker Configuration",
    "6.2": "Beat Scheduler",
    "6.3": "Systemd Services",
    "6.4": "Docker Compose",
    "7.1": "Development",
    "7.2": "Staging/Production",
    "7.3": "Security",
}
