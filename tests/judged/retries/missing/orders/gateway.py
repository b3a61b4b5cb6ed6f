import requests


def charge(order_id):
    response = requests.post("https://pay.example.com/charge", json={"order": order_id}, timeout=10)
    response.raise_for_status()
    return response.json()
