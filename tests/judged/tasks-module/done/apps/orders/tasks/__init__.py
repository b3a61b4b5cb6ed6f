from .mail import send_receipt

__all__ = ["send_receipt"]
